//! A post as a folder for whoever posts it by hand, on a network that no program may post to.
//!
//! Promises: the text exactly as it was approved, the cleaned pictures in their order with a description each, and what to
//! do in plain words. The same post makes the same bytes.
//! Does not: know whether anybody posted it; the desk asks for the address afterwards.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::limits::Limits;
use crate::{Failed, Post, Reason};

/// A zip file with the post in it.
///
/// # Errors
/// More than fits into [`Limits::BUNDLE`].
pub fn zip(post: &Post, place: &str) -> Result<Vec<u8>, Failed> {
    let breaches = Limits::BUNDLE.breaches(post);
    if !breaches.is_empty() {
        return Err(Failed::Never(Reason::TooMuch(breaches)));
    }
    written(post, place).map_err(|_| Failed::later("the bundle could not be written"))
}

fn written(post: &Post, place: &str) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let text = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    // Pictures are compressed already.
    let picture = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("READ-ME-FIRST.txt", text)?;
    zip.write_all(instructions(post, place).as_bytes())?;
    zip.start_file("text.txt", text)?;
    zip.write_all(post.text.as_bytes())?;
    for (number, shot) in (1..).zip(&post.pictures) {
        zip.start_file(format!("picture-{number}.{}", shot.format.extension()), picture)?;
        zip.write_all(&shot.bytes)?;
        zip.start_file(format!("picture-{number}-description.txt"), text)?;
        zip.write_all(shot.alt.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn instructions(post: &Post, place: &str) -> String {
    let mut lines = vec![
        format!("To be posted by hand on: {}", one_line(place)),
        format!("Number of this post: {}", post.key),
        String::new(),
        "1. Sign in to the school's own account. Do not use an account of your own.".to_owned(),
        "2. Copy the text from text.txt. Change nothing: what was approved is what goes out.".to_owned(),
    ];
    match post.pictures.len() {
        0 => lines.push("3. There are no pictures. Add none.".to_owned()),
        count => lines.push(format!(
            "3. Add {count} picture{}, in order, each with the text of its description file as its description (alt text). Name nobody in it.",
            if count == 1 { "" } else { "s" }
        )),
    }
    lines.push("4. Turn off the place, and do not tag anybody.".to_owned());
    lines.push(
        "5. Post it. Then enter its address at the post in Schoolgate, so that it can be taken down later.".to_owned(),
    );
    lines.push("6. Delete this folder and the zip file from your device.".to_owned());
    lines.join("\r\n") + "\r\n"
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use uuid::Uuid;

    use super::*;
    use crate::post::{Format, Picture};

    #[test]
    fn everything_is_in_the_bundle_and_twice_the_same() {
        let mut post = Post::new(Uuid::from_u128(7), 0, "Fête 🎪\nCome all");
        let bytes: std::sync::Arc<[u8]> = (0..=255).collect::<Vec<u8>>().into();
        post.pictures = vec![
            Picture {
                name: "x.jpg".into(),
                format: Format::Jpeg,
                bytes: bytes.clone(),
                alt: "A stall".into(),
                width: 1,
                height: 1
            };
            2
        ];
        let made = zip(&post, "the school's\nphoto network").expect("a bundle");
        assert_eq!(made, zip(&post, "the school's\nphoto network").expect("a bundle"));
        let mut read = zip::ZipArchive::new(Cursor::new(made)).expect("a zip file");
        let mut file = |name: &str| {
            let mut bytes = Vec::new();
            read.by_name(name)
                .unwrap_or_else(|_| panic!("{name} is missing"))
                .read_to_end(&mut bytes)
                .expect("readable");
            bytes
        };
        assert_eq!(file("text.txt"), post.text.as_bytes());
        assert_eq!(file("picture-2.jpg"), &bytes[..]);
        assert_eq!(file("picture-1-description.txt"), b"A stall");
        let told = String::from_utf8(file("READ-ME-FIRST.txt")).expect("text");
        assert!(told.contains("the school's photo network") && told.contains("Add 2 pictures"), "{told}");
        assert_eq!(read.len(), 6);
        post.pictures = vec![post.pictures[0].clone(); 11];
        assert!(zip(&post, "x").is_err());
    }
}
