//! What a paper can reach while it is set: its template, its data and the fonts in the program. Nothing else.

use std::sync::LazyLock;

use serde_json::Value;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue as _};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_kit::fonts::{self, FontStore};

static FONTS: LazyLock<FontStore> = LazyLock::new(|| {
    let mut store = FontStore::new();
    store.extend(fonts::embedded());
    store
});

/// Every font in the program, the first one first.
pub(crate) fn all_fonts() -> impl Iterator<Item = Font> {
    (0..).map_while(|index| FONTS.font(index))
}

pub(crate) struct Desk {
    library: LazyHash<Library>,
    template: Source,
}

impl Desk {
    pub(crate) fn with(template: String, data: &Value, boxed: usize) -> Desk {
        let mut inputs = Dict::new();
        // As text: the template reads it as JSON, so no letter of it is ever markup.
        inputs.insert("data".into(), data.to_string().into_value());
        inputs.insert("boxed".into(), boxed.to_string().into_value());
        let library = Library::builder().with_inputs(inputs).build();
        Desk { library: LazyHash::new(library), template: Source::detached(template) }
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        FONTS.book()
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.font(index)
    }

    /// A paper has no clock: every date in it is data.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
