//! Finding and reading the files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// One file: its path from the root of the repository, with forward slashes, and its text.
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Text {
    pub(crate) fn new(path: &str, text: &str) -> Text {
        Text { path: path.to_owned(), text: text.to_owned() }
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every `.rs` file below the given folders, sorted by path. A folder that is not there holds none.
pub(crate) fn rust_files(folders: &[&str]) -> Vec<Text> {
    files_below(folders, "rs")
}

/// The documents whose links are checked. Those at the root must exist.
pub(crate) fn documents() -> Vec<Text> {
    let mut found: Vec<Text> = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "design.md"]
        .into_iter()
        .map(|path| Text { path: path.to_owned(), text: read(path) })
        .collect();
    found.extend(files_below(&["docs"], "md"));
    found.extend(files_below(&["benches"], "md").into_iter().filter(|file| file.path == "benches/README.md"));
    found
}

fn files_below(folders: &[&str], extension: &str) -> Vec<Text> {
    let mut paths = Vec::new();
    for folder in folders {
        walk(&root().join(folder), extension, &mut paths);
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let relative =
                path.strip_prefix(root()).expect("walked from the root").to_string_lossy().into_owned();
            Text { text: read(&relative), path: relative }
        })
        .collect()
}

fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                walk(&path, extension, found);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}
