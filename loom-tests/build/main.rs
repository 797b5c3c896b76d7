//! Makes the mutants: for each mistake in `mutants.txt` a module with a mutated copy of the production file, the
//! model that must notice it, and a test that says so. `tests/models/main.rs` includes the result. The same for
//! `mutants_of_locks.txt` and `tests/locks`, for `mutants_of_channels.txt` and `tests/channels`, and for
//! `mutants_of_places.txt` and `tests/places`.
//!
//! A mistake whose pattern is not found exactly once fails as a test, not here: the models of the production
//! files are to run all the same.

mod table;

use std::path::{Path, PathBuf};
use std::{env, fs};

use table::Mutant;

/// A table of mistakes, and what it is about.
struct Suite {
    table: &'static str,
    /// The folders of the production files.
    production: &'static [&'static str],
    models: &'static str,
    /// Production files whose constructors are `const`, so that the models have constructors of their own.
    constructed: &'static [&'static str],
    /// Production files that know one another: beside a mutant of one there are new copies of all of them.
    bound: &'static [&'static str],
    /// Files of the models that know those, or that those know.
    attached: &'static [&'static str],
    result: &'static str,
}

const SUITES: [Suite; 4] = [
    Suite {
        table: "mutants.txt",
        production: &["runtime/src/lockfree"],
        models: "tests/models",
        constructed: &["inbox", "request", "spin_flag", "status"],
        bound: &[],
        attached: &[],
        result: "mutants.rs",
    },
    Suite {
        table: "mutants_of_locks.txt",
        production: &["runtime/src/sync"],
        models: "tests/locks",
        constructed: &["listeners", "mutex_word", "once_word", "rwlock_word", "semaphore_word"],
        bound: &[],
        attached: &[],
        result: "mutants_of_locks.rs",
    },
    Suite {
        table: "mutants_of_channels.txt",
        production: &["runtime/src/chan", "runtime/src/wait"],
        models: "tests/channels",
        constructed: &[],
        bound: &["attempt", "core", "entrance", "event", "inner", "intake", "list", "operation", "turn"],
        attached: &["ends", "rt"],
        result: "mutants_of_channels.rs",
    },
    Suite {
        table: "mutants_of_places.txt",
        production: &["pool/src"],
        models: "tests/places",
        constructed: &[],
        bound: &[],
        attached: &["book", "pool", "submitting"],
        result: "mutants_of_places.rs",
    },
];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    println!("cargo::rerun-if-changed=build");
    for suite in SUITES {
        println!("cargo::rerun-if-changed={}", suite.table);
        for folder in suite.production {
            println!("cargo::rerun-if-changed=../{folder}");
        }
        let mutants = table::parse(&read(&root.join(suite.table)));
        let modules: String = mutants.iter().map(|mutant| module(&suite, mutant, &root, &out)).collect();
        write(&out.join(suite.result), &modules);
    }
}

impl Suite {
    /// Where a production file stands.
    fn source(&self, root: &Path, file: &str) -> PathBuf {
        let places = self.production.iter().map(|folder| root.join("..").join(folder).join(file));
        let mut places = places.map(|place| place.with_extension("rs"));
        places.find(|place| place.exists()).unwrap_or_else(|| panic!("{}: there is no {file}.rs", self.table))
    }
}

/// The text of a module named after the mutant.
fn module(suite: &Suite, mutant: &Mutant, root: &Path, out: &Path) -> String {
    let Mutant { file, name, .. } = mutant;
    let place = suite.source(root, file);
    let source = read(&place);
    let found = source.matches(&mutant.pattern).count();
    let content = if found == 1 {
        let mutated = out.join(format!("{file}-{name}.rs"));
        write(&mutated, &source.replacen(&mutant.pattern, &mutant.replacement, 1));
        caught(suite, mutant, root, &mutated)
    } else {
        let complaint = format!(
            "{}: what `{file} {name}` replaces stands in {} {found} times, not once:\n{}",
            suite.table,
            place.display(),
            mutant.pattern
        );
        format!("    #[test]\n    fn is_caught() {{\n        panic!(\"{{}}\", {complaint:?});\n    }}\n")
    };
    format!("mod {file}_{name} {{\n{content}}}\n")
}

/// The mutated protocol, the others as they are, the model and the test.
fn caught(suite: &Suite, mutant: &Mutant, root: &Path, mutated: &Path) -> String {
    let Mutant { file, model, function, symptom, .. } = mutant;
    let models = root.join(suite.models);
    let include = |path: &Path, module: &str| format!("    #[path = {path:?}]\n    mod {module};\n");
    let of_models = |name: &str| include(&models.join(name).with_extension("rs"), name);
    let mut text =
        String::from("    #[allow(unused_imports, reason = \"not every model needs them all\")]\n");
    text += "    use crate::production::*;\n";
    // A mistake may leave something unused, or be what a lint is there for.
    let as_it_may_be = "    #[allow(warnings, clippy::all)]\n";
    text += &format!("{as_it_may_be}{}", include(mutated, file));
    for sibling in suite.bound.iter().filter(|sibling| *sibling != file) {
        text += &format!("{as_it_may_be}{}", include(&suite.source(root, sibling), sibling));
    }
    for attached in suite.attached {
        text += &format!("{as_it_may_be}{}", of_models(attached));
    }
    if suite.constructed.contains(&file.as_str()) {
        let constructors = models.join("constructors").join(file).with_extension("rs");
        text += &include(&constructors, "constructors");
    }
    text += "    #[allow(dead_code, reason = \"one model of the file is enough\")]\n";
    text += &of_models(model);
    text += "    #[test]\n    fn is_caught() {\n";
    text += &format!("        gopark_loom_tests::caught::assert_caught({model}::{function}, {symptom:?});\n");
    text + "    }\n"
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
