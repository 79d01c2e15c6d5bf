//! SQL in Rust source: which literals are statements, and where they stand.

use proc_macro2::{TokenStream, TokenTree};

/// Each string literal that begins like a statement, with its line; tests inside the file are not looked at.
pub(crate) fn statements(rust: &str) -> Vec<(usize, String)> {
    let tokens: TokenStream = rust.parse().expect("the compiler has read this file too");
    let mut found = Vec::new();
    walk(tokens, &mut found);
    found
}

fn walk(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => walk(group.stream(), found),
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                    && is_statement(&text.value())
                {
                    found.push((line, text.value()));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Begins with a verb of SQL in capitals and goes on as that verb does.
fn is_statement(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first {
        "SELECT" | "WITH" | "UPDATE" => !second.is_empty(),
        "INSERT" => second == "INTO",
        "DELETE" => second == "FROM",
        _ => false,
    }
}
