//! Makes sure that the folder which the binary embeds is there. Node builds its content (`make assets`); Cargo never runs Node.

use std::env;
use std::path::Path;

fn main() {
    let built = Path::new("assets/built");
    println!("cargo::rerun-if-changed=assets/built");
    if let Err(error) = std::fs::create_dir_all(built) {
        println!("cargo::error=cannot create {}: {error}", built.display());
    }
    if built.join("site.css").is_file() {
        return;
    }
    if env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo::error=no style sheet to embed: run `make assets` first");
    } else {
        println!("cargo::warning=no style sheet yet, pages will look bare: run `make assets`");
    }
}
