//! Makes the mutants: for each mistake in `mutants.txt` a module with a mutated copy of the production file, the
//! model that must notice it, and a test that says so. `tests/models/main.rs` includes the result. The same for
//! `mutants_of_locks.txt` and `tests/locks`.
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
    /// The folder of the production files.
    production: &'static str,
    models: &'static str,
    /// Production files whose constructors are `const`, so that the models have constructors of their own.
    constructed: &'static [&'static str],
    result: &'static str,
}

const SUITES: [Suite; 2] = [
    Suite {
        table: "mutants.txt",
        production: "runtime/src/lockfree",
        models: "tests/models",
        constructed: &["inbox", "spin_flag", "status"],
        result: "mutants.rs",
    },
    Suite {
        table: "mutants_of_locks.txt",
        production: "runtime/src/sync",
        models: "tests/locks",
        constructed: &["listeners", "mutex_word", "once_word", "rwlock_word", "semaphore_word"],
        result: "mutants_of_locks.rs",
    },
];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    println!("cargo::rerun-if-changed=build");
    for suite in SUITES {
        println!("cargo::rerun-if-changed={}", suite.table);
        println!("cargo::rerun-if-changed=../{}", suite.production);
        let mutants = table::parse(&read(&root.join(suite.table)));
        let modules: String = mutants.iter().map(|mutant| module(&suite, mutant, &root, &out)).collect();
        write(&out.join(suite.result), &modules);
    }
}

/// The text of a module named after the mutant.
fn module(suite: &Suite, mutant: &Mutant, root: &Path, out: &Path) -> String {
    let Mutant { file, name, .. } = mutant;
    let source = read(&root.join("..").join(suite.production).join(file).with_extension("rs"));
    let found = source.matches(&mutant.pattern).count();
    let content = if found == 1 {
        let mutated = out.join(format!("{file}-{name}.rs"));
        write(&mutated, &source.replacen(&mutant.pattern, &mutant.replacement, 1));
        caught(suite, mutant, &root.join(suite.models), &mutated)
    } else {
        let complaint = format!(
            "{}: what `{file} {name}` replaces stands in {}/{file}.rs {found} times, not once:\n{}",
            suite.table, suite.production, mutant.pattern
        );
        format!("    #[test]\n    fn is_caught() {{\n        panic!(\"{{}}\", {complaint:?});\n    }}\n")
    };
    format!("mod {file}_{name} {{\n{content}}}\n")
}

/// The mutated protocol, the others as they are, the model and the test.
fn caught(suite: &Suite, mutant: &Mutant, models: &Path, mutated: &Path) -> String {
    let Mutant { file, model, function, symptom, .. } = mutant;
    let include = |path: &Path, module: &str| format!("    #[path = {path:?}]\n    mod {module};\n");
    let mut text =
        String::from("    #[allow(unused_imports, reason = \"not every model needs them all\")]\n");
    text += "    use crate::production::*;\n";
    // A mistake may leave something unused, or be what a lint is there for.
    text += "    #[allow(warnings, clippy::all)]\n";
    text += &include(mutated, file);
    if suite.constructed.contains(&file.as_str()) {
        text += &include(&models.join("constructors").join(file).with_extension("rs"), "constructors");
    }
    text += "    #[allow(dead_code, reason = \"one model of the file is enough\")]\n";
    text += &include(&models.join(model).with_extension("rs"), model);
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
