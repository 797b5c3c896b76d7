//! Makes the mutants: for each mistake in `mutants.txt` a module with a mutated copy of the production file, the
//! model that must notice it, and a test that says so. `tests/models/main.rs` includes the result.
//!
//! A mistake whose pattern is not found exactly once fails as a test, not here: the models of the production
//! files are to run all the same.

mod table;

use std::path::{Path, PathBuf};
use std::{env, fs};

use table::Mutant;

const TABLE: &str = "mutants.txt";
const LOCK_FREE: &str = "../runtime/src/lockfree";
const MODELS: &str = "tests/models";

/// Production files whose constructors are `const`, so that the models have constructors of their own.
const CONSTRUCTED: [&str; 3] = ["inbox", "spin_flag", "status"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    for input in ["build", TABLE, LOCK_FREE] {
        println!("cargo::rerun-if-changed={input}");
    }
    let mutants = table::parse(&read(&root.join(TABLE)));
    let modules: String = mutants.iter().map(|mutant| module(mutant, &root, &out)).collect();
    write(&out.join("mutants.rs"), &modules);
}

/// The text of a module named after the mutant.
fn module(mutant: &Mutant, root: &Path, out: &Path) -> String {
    let Mutant { file, name, .. } = mutant;
    let source = read(&root.join(LOCK_FREE).join(file).with_extension("rs"));
    let found = source.matches(&mutant.pattern).count();
    let content = if found == 1 {
        let mutated = out.join(format!("{file}-{name}.rs"));
        write(&mutated, &source.replacen(&mutant.pattern, &mutant.replacement, 1));
        caught(mutant, &root.join(MODELS), &mutated)
    } else {
        let complaint = format!(
            "{TABLE}: what `{file} {name}` replaces stands in runtime/src/lockfree/{file}.rs {found} times, not \
             once:\n{}",
            mutant.pattern
        );
        format!("    #[test]\n    fn is_caught() {{\n        panic!(\"{{}}\", {complaint:?});\n    }}\n")
    };
    format!("mod {file}_{name} {{\n{content}}}\n")
}

/// The mutated protocol, the others as they are, the model and the test.
fn caught(mutant: &Mutant, models: &Path, mutated: &Path) -> String {
    let Mutant { file, model, function, symptom, .. } = mutant;
    let include = |path: &Path, module: &str| format!("    #[path = {path:?}]\n    mod {module};\n");
    let mut text =
        String::from("    #[allow(unused_imports, reason = \"not every model needs them all\")]\n");
    text += "    use crate::production::*;\n";
    // A mistake may leave something unused, or be what a lint is there for.
    text += "    #[allow(warnings, clippy::all)]\n";
    text += &include(mutated, file);
    if CONSTRUCTED.contains(&file.as_str()) {
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
