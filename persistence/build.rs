//! Rebuilds when a migration is added: `embed_migrations!` alone does not notice a new file.
#![allow(clippy::print_stdout, reason = "the way to talk to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
