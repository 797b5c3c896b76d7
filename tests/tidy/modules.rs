//! The modules of one crate and who imports whom.
//!
//! A file is a module; its path says which. An import is resolved to the file it names:
//! - `crate::`, `self::`, `super::` and, in a `use`, the name of a child module are followed as the compiler
//!   does;
//! - ancestors of the importer are transparent: `super::Thing`, where the parent only re-exports it from
//!   `thing.rs`, is an import of `thing.rs`. Otherwise siblings could form a circle through their parent, and
//!   anything through the roof;
//! - strangers are opaque: `crate::sched::Thing` is an import of `sched`, wherever `sched` has it from.
//!
//! Test code (`#[cfg(test)]`, inline or in its own file) imports what it likes.

use crate::items::{self, Path};
use crate::scan;
use crate::test_code;
use crate::tree::Text;
use std::collections::{HashMap, HashSet};

/// `["sched", "machine"]`; the crate itself is empty.
pub(crate) type ModulePath = Vec<String>;

#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) file: String,
    pub(crate) line: usize,
    /// As written, `use` braces flattened.
    pub(crate) text: String,
    pub(crate) from: ModulePath,
    pub(crate) to: ModulePath,
}

/// One file outside the tests.
struct Module {
    file: String,
    path: ModulePath,
    paths: Vec<Path>,
    macros: Vec<String>,
}

pub(crate) struct Crate {
    modules: Vec<Module>,
    known: HashSet<ModulePath>,
    /// What a `use` in a module binds: (module, name) to the path from the crate.
    bound: HashMap<(ModulePath, String), ModulePath>,
}

impl Crate {
    /// `source` is the folder of `lib.rs`.
    pub(crate) fn new(source: &str, files: Vec<Text>) -> Crate {
        let mut modules = Vec::new();
        let mut tests: HashSet<ModulePath> = HashSet::new();
        for file in files {
            let path = module_path(source, &file.path);
            let (code, test_modules) = test_code::without_tests(&scan::split(&file.text).code);
            tests.extend(test_modules.into_iter().map(|name| child(&path, &name)));
            let (paths, macros) = (items::paths(&code), items::macros(&code));
            modules.push(Module { file: file.path, path, paths, macros });
        }
        modules.retain(|module| !(0..=module.path.len()).any(|n| tests.contains(&module.path[..n])));
        let known = modules.iter().flat_map(|m| (0..=m.path.len()).map(|n| m.path[..n].to_vec())).collect();
        let mut found = Crate { modules, known, bound: HashMap::new() };
        found.bound = found.bindings();
        found
    }

    /// The modules that `lib.rs` declares, sorted.
    pub(crate) fn top_level(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.known.iter().filter(|path| path.len() == 1).map(|path| path[0].clone()).collect();
        names.sort();
        names
    }

    /// Every import of another module of this crate.
    pub(crate) fn imports(&self) -> Vec<Import> {
        let mut found = Vec::new();
        for module in &self.modules {
            for path in &module.paths {
                let Some(absolute) = self.absolute(module, path) else { continue };
                let to = self.target(&module.path, &absolute);
                if to != module.path {
                    let (file, from) = (module.file.clone(), module.path.clone());
                    found.push(Import { file, line: path.line, text: path.segments.join("::"), from, to });
                }
            }
        }
        found
    }

    /// Every path that a `use` of the file at this module names, own crate or not.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, &ModulePath, &Path)> {
        self.modules.iter().flat_map(|m| m.paths.iter().map(move |path| (m.file.as_str(), &m.path, path)))
    }

    /// The path from the crate; `None` if it leads into another crate.
    fn absolute(&self, module: &Module, path: &Path) -> Option<ModulePath> {
        let mut at: ModulePath = module.path.iter().chain(&path.scope).cloned().collect();
        let mut rest = path.segments.as_slice();
        match rest.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    at.pop()?;
                    rest = &rest[1..];
                }
            }
            name if self.known.contains(&child(&at, name)) => {}
            _ => return None,
        }
        at.extend_from_slice(rest);
        Some(at)
    }

    /// The module that an absolute path names, seen from `from`.
    fn target(&self, from: &[String], absolute: &[String]) -> ModulePath {
        let mut path = absolute.to_vec();
        // A chain of re-exports is as long as the tree is deep; more hops are a loop of names.
        for _ in 0..8 {
            let length = (0..=path.len()).rev().find(|&n| self.known.contains(&path[..n])).unwrap_or(0);
            let (module, rest) = path.split_at(length);
            let next = rest.first().and_then(|name| self.bound.get(&(module.to_vec(), name.clone())));
            match next {
                Some(next) if from.starts_with(module) && *next != path => path = next.clone(),
                _ => return module.to_vec(),
            }
        }
        path
    }

    fn bindings(&self) -> HashMap<(ModulePath, String), ModulePath> {
        let mut bound = HashMap::new();
        for module in &self.modules {
            for name in &module.macros {
                bound.insert((Vec::new(), name.clone()), child(&module.path, name));
            }
            for path in module.paths.iter().filter(|path| path.scope.is_empty()) {
                if let (Some(name), Some(to)) = (&path.bound_as, self.absolute(module, path)) {
                    bound.insert((module.path.clone(), name.clone()), to);
                }
            }
        }
        bound
    }
}

fn child(parent: &[String], name: &str) -> ModulePath {
    parent.iter().cloned().chain([name.to_owned()]).collect()
}

/// `runtime/src/sched/mod.rs` and `runtime/src/sched.rs` are both `["sched"]`.
fn module_path(source: &str, file: &str) -> ModulePath {
    let inside = file.strip_prefix(source).unwrap_or(file).trim_start_matches('/').trim_end_matches(".rs");
    let mut path: ModulePath = inside.split('/').map(str::to_owned).collect();
    if path == ["lib"] || path.last().is_some_and(|name| name == "mod") {
        path.pop();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{Crate, module_path};
    use crate::tree::Text;

    fn edges(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(path, text)| Text::new(path, text)).collect();
        let show = |path: &[String]| if path.is_empty() { "roof".to_owned() } else { path.join("::") };
        let found = Crate::new("", files).imports();
        found.iter().map(|import| format!("{} > {}", show(&import.from), show(&import.to))).collect()
    }

    #[test]
    fn files_are_modules() {
        assert_eq!(module_path("net/src", "net/src/lib.rs"), Vec::<String>::new());
        assert_eq!(module_path("net/src", "net/src/tcp/mod.rs"), ["tcp"]);
        assert_eq!(module_path("net/src", "net/src/tcp/stream.rs"), ["tcp", "stream"]);
    }

    #[test]
    fn relative_paths_are_followed() {
        let files = [("a/mod.rs", "mod x; mod y;"), ("a/x.rs", "use super::y::Y; use super::super::b::B;")];
        assert_eq!(
            edges(&[&files[..], &[("a/y.rs", ""), ("b.rs", "")]].concat()),
            ["a::x > a::y", "a::x > b"]
        );
    }

    #[test]
    fn other_crates_and_tests_do_not_count() {
        let files = [
            ("a.rs", "use std::b; // use crate::b;\n#[cfg(test)] mod tests { use crate::b::B; }"),
            ("b.rs", "#[cfg(test)] mod proofs;\n const S: &str = \"use crate::a\";"),
            ("b/proofs.rs", "use crate::a::A;"),
        ];
        assert_eq!(edges(&files), Vec::<String>::new());
    }

    #[test]
    fn ancestors_are_transparent_and_strangers_opaque() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; pub use b::go;"),
            ("a/mod.rs", "mod x; mod y; use y::Y; pub(crate) use crate::b::B;"),
            ("a/x.rs", "use super::Y; fn f() { crate::go() }"),
            ("a/y.rs", ""),
            ("b.rs", ""),
            ("c.rs", "use crate::a::{B, Y}; use crate::Odd;"),
        ];
        assert_eq!(
            edges(&files)[1..],
            ["a > a::y", "a > b", "a::x > a::y", "a::x > b", "c > a", "c > a", "c > roof"]
        );
    }

    #[test]
    fn macros_belong_to_their_file() {
        let files = [("a.rs", "fn f() { crate::trace!() }"), ("b.rs", "macro_rules! trace { () => {} }")];
        assert_eq!(edges(&files), ["a > b"]);
    }
}
