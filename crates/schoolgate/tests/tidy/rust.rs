//! Sizes and shapes of Rust code.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::source::{self, Source};
use crate::sql;

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;
/// Shorter than this, the text of an `expect` cannot be a reason.
const REASON_WORDS_MIN: usize = 3;
/// Modules that may touch files: settings, commands, copies and the tools around them. Everybody else gets bytes.
const FILE_READERS: &[&str] = &[
    "crates/schoolgate/src/main.rs",
    "crates/schoolgate/src/app.rs",
    "crates/schoolgate/src/cli",
    "crates/schoolgate/src/config",
    // Commands, which read what is named on the command line, and the packs, which may stand in a folder.
    "crates/schoolgate/src/advisor/command",
    "crates/schoolgate/src/desk/command",
    "crates/schoolgate/src/policies/command",
    "crates/schoolgate/src/roster/command",
    "crates/schoolgate/src/policies/packs",
    "crates/schoolgate/src/demo",
    // The withdrawals that a restore must not forget stand beside the data.
    "crates/schoolgate/src/permissions/kept",
    "crates/store/src/backup",
    "crates/store/src/copy",
    "crates/store/src/engine",
    "crates/store/src/keyfile",
    "crates/store/src/pending",
    "crates/store/src/seal",
];

fn rust_files() -> impl Iterator<Item = &'static Source> {
    source::all().iter().filter(|source| source.is_rust())
}

fn parsed(source: &Source) -> syn::File {
    syn::parse_file(&source.text).unwrap_or_else(|error| panic!("{}: {error}", source.path))
}

#[test]
fn no_function_is_longer_than_a_screen() {
    source::none(rust_files().flat_map(long_functions));
    let long = format!("fn long() {{\n{}}}\nfn short() {{}}", "    let _ = 1;\n".repeat(FUNCTION_LINES_MAX));
    source::refuses(long_functions(&Source::new("a.rs", &long)), 1);
}

fn long_functions(source: &Source) -> Vec<String> {
    struct Functions<'a> {
        path: &'a str,
        found: Vec<String>,
    }
    impl Functions<'_> {
        fn weigh(&mut self, signature: &syn::Signature, block: &syn::Block) {
            let first = signature.span().start().line;
            let lines = block.span().end().line + 1 - first;
            if lines > FUNCTION_LINES_MAX {
                self.found.push(format!(
                    "{}:{first}: `{}` has {lines} lines, {FUNCTION_LINES_MAX} at most",
                    self.path, signature.ident
                ));
            }
        }
    }
    impl<'ast> Visit<'ast> for Functions<'_> {
        fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
            self.weigh(&function.sig, &function.block);
            visit::visit_item_fn(self, function);
        }
        fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
            self.weigh(&function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }
    let mut functions = Functions { path: &source.path, found: Vec::new() };
    functions.visit_file(&parsed(source));
    functions.found
}

#[test]
fn no_file_is_longer_than_a_chapter() {
    source::none(rust_files().filter_map(long_file));
    source::refuses(long_file(&Source::new("a.rs", &"\n".repeat(FILE_LINES_MAX + 1))), 1);
}

fn long_file(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    (lines > FILE_LINES_MAX).then(|| {
        format!("{}: {lines} lines, {FILE_LINES_MAX} at most: split it where a name comes easily", source.path)
    })
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed_and_no_test_is_ignored() {
    source::none(rust_files().flat_map(silenced));
    let bad = "#![allow(x)]\n#[cfg_attr(test, allow(y))]\nfn a() {}\n#[ignore]\n#[expect(z)]\nfn b() {}";
    source::refuses(silenced(&Source::new("a.rs", bad)), 4);
    source::refuses(silenced(&Source::new("a.rs", "#[expect(z, reason = \"it is so\")] fn b() {}")), 0);
}

fn silenced(source: &Source) -> Vec<String> {
    struct Attributes<'a> {
        path: &'a str,
        found: Vec<String>,
    }
    impl<'ast> Visit<'ast> for Attributes<'_> {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            let name = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
            let inside = match &attribute.meta {
                syn::Meta::List(list) => list.tokens.to_string(),
                _ => String::new(),
            };
            let said = match name.as_str() {
                "allow" => "`allow` hides a lint for ever: use `#[expect(lint, reason = \"..\")]`",
                "cfg_attr" if inside.contains("allow (") || inside.contains("allow(") => "`allow` inside `cfg_attr`",
                "expect" if !inside.contains("reason") => "`expect` needs a `reason`",
                "ignore" => "an ignored test is no test: mend or delete it",
                _ => return,
            };
            self.found.push(format!("{}:{}: {said}", self.path, attribute.span().start().line));
        }
    }
    let mut attributes = Attributes { path: &source.path, found: Vec::new() };
    attributes.visit_file(&parsed(source));
    attributes.found
}

#[test]
fn what_cannot_fail_says_why() {
    source::none(rust_files().filter(|source| !source.is_test()).flat_map(unproved));
    let bad = "fn a() { b().unwrap(); c().expect(\"ok\"); d().expect(\"a hash has 32 bytes\"); }\n\
               #[cfg(test)] mod tests { fn e() { f().unwrap(); } }";
    source::refuses(unproved(&Source::new("crates/a/src/a.rs", bad)), 2);
}

fn unproved(source: &Source) -> Vec<String> {
    struct Calls<'a> {
        path: &'a str,
        found: Vec<String>,
    }
    impl<'ast> Visit<'ast> for Calls<'_> {
        fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
            if !is_for_tests(&module.attrs) {
                visit::visit_item_mod(self, module);
            }
        }
        fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
            if !is_for_tests(&function.attrs) {
                visit::visit_item_fn(self, function);
            }
        }
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            let line = call.method.span().start().line;
            if call.method == "unwrap" && call.args.is_empty() {
                self.found.push(format!(
                    "{}:{line}: `unwrap` outside tests: return an error, or `expect(\"why it holds\")`",
                    self.path
                ));
            }
            if call.method == "expect" && !call.args.first().is_none_or(is_reason) {
                self.found.push(format!("{}:{line}: the text of `expect` must prove that it cannot fail", self.path));
            }
            visit::visit_expr_method_call(self, call);
        }
    }
    let mut calls = Calls { path: &source.path, found: Vec::new() };
    calls.visit_file(&parsed(source));
    calls.found
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        meta => meta.path().is_ident("test"),
    })
}

/// Anything that is not a literal may be a parser's own `expect(token)`.
fn is_reason(argument: &syn::Expr) -> bool {
    match argument {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
            text.value().split_whitespace().count() >= REASON_WORDS_MIN
        }
        _ => true,
    }
}

#[test]
fn sql_is_written_not_built() {
    source::none(rust_files().filter(|source| source.name() == "queries.rs").flat_map(built_text));
    source::refuses(
        built_text(&Source::new("queries.rs", "fn a() { let s = format!(\"select {x}\"); let t = a.push_str(b); }")),
        2,
    );
}

fn built_text(source: &Source) -> Vec<String> {
    let banned = |word: &str| matches!(word, "format" | "concat" | "push_str" | "format_args");
    words(source)
        .into_iter()
        .filter(|(word, _)| banned(word))
        .map(|(word, line)| format!("{}:{line}: `{word}` in a queries file: SQL is a plain literal", source.path))
        .collect()
}

#[test]
fn sql_stands_in_queries_files_only() {
    let elsewhere =
        |source: &&Source| source.path.starts_with("crates/schoolgate/src/") && source.name() != "queries.rs";
    source::none(rust_files().filter(elsewhere).filter(|source| !source.is_test()).flat_map(stray_sql));
    source::refuses(stray_sql(&Source::new("a.rs", "fn a() { b(\"UPDATE person SET c = 1\"); d(\"UPDATE\"); }")), 1);
}

fn stray_sql(source: &Source) -> Vec<String> {
    let found = sql::statements(&source.text).into_iter();
    found.map(|(line, _)| format!("{}:{line}: SQL belongs in the folder's `queries.rs`", source.path)).collect()
}

#[test]
fn only_the_listed_modules_touch_files() {
    let may_not = |source: &&Source| {
        source.path.contains("/src/")
            && !source.is_test()
            && !FILE_READERS.iter().any(|listed| source.path.starts_with(listed))
    };
    source::none(rust_files().filter(may_not).flat_map(file_access));
    source::refuses(
        file_access(&Source::new(
            "a.rs",
            "use std::fs;\nfn a() { tokio::fs::read(b); }\n#[cfg(test)] mod t { use std::fs; }",
        )),
        2,
    );
}

fn file_access(source: &Source) -> Vec<String> {
    struct Paths<'a> {
        path: &'a str,
        found: Vec<String>,
    }
    impl Paths<'_> {
        fn see(&mut self, first: &syn::Ident, second: &syn::Ident) {
            if (first == "std" || first == "tokio") && second == "fs" {
                let line = first.span().start().line;
                self.found
                    .push(format!("{}:{line}: `{first}::fs`: only the modules in FILE_READERS touch files", self.path));
            }
        }
    }
    impl<'ast> Visit<'ast> for Paths<'_> {
        fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
            if !is_for_tests(&module.attrs) {
                visit::visit_item_mod(self, module);
            }
        }
        fn visit_path(&mut self, path: &'ast syn::Path) {
            if let (Some(first), Some(second)) = (path.segments.first(), path.segments.get(1)) {
                self.see(&first.ident, &second.ident);
            }
            visit::visit_path(self, path);
        }
        fn visit_use_path(&mut self, used: &'ast syn::UsePath) {
            let mut seconds = Vec::new();
            first_names(&used.tree, &mut seconds);
            for second in seconds {
                self.see(&used.ident, second);
            }
        }
    }
    let mut paths = Paths { path: &source.path, found: Vec::new() };
    paths.visit_file(&parsed(source));
    paths.found
}

/// The first name of each branch of a `use` tree.
pub(crate) fn first_names<'a>(tree: &'a syn::UseTree, names: &mut Vec<&'a syn::Ident>) {
    match tree {
        syn::UseTree::Path(path) => names.push(&path.ident),
        syn::UseTree::Name(name) => names.push(&name.ident),
        syn::UseTree::Rename(rename) => names.push(&rename.ident),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| first_names(item, names)),
        syn::UseTree::Glob(_) => {}
    }
}

#[test]
fn tests_wait_for_things_not_for_time() {
    source::none(rust_files().filter(|source| source.is_test()).flat_map(sleeps));
    source::refuses(
        sleeps(&Source::new("tests/a.rs", "fn a() { std::thread::sleep(b); tokio::time::sleep(c).await; }")),
        2,
    );
}

fn sleeps(source: &Source) -> Vec<String> {
    words(source)
        .into_iter()
        .filter(|(word, _)| word == "sleep")
        .map(|(_, line)| {
            format!("{}:{line}: a test that sleeps is slow on good days and wrong on bad ones", source.path)
        })
        .collect()
}

/// Every identifier of a file, also inside macros, with its line.
pub(crate) fn words(source: &Source) -> Vec<(String, usize)> {
    fn walk(tokens: TokenStream, found: &mut Vec<(String, usize)>) {
        for token in tokens {
            match token {
                TokenTree::Ident(word) => found.push((word.to_string(), word.span().start().line)),
                TokenTree::Group(group) => walk(group.stream(), found),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    let tokens: TokenStream = source.text.parse().unwrap_or_else(|error| panic!("{}: {error}", source.path));
    let mut found = Vec::new();
    walk(tokens, &mut found);
    found
}
