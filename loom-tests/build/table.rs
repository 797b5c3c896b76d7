//! Reading the table of mutants. Its format stands at its head.

/// One mistake.
#[derive(Default)]
pub(crate) struct Mutant {
    /// The production file, without its ending.
    pub(crate) file: String,
    pub(crate) name: String,
    /// The file and the function of the model that must notice it.
    pub(crate) model: String,
    pub(crate) function: String,
    /// Part of the message with which the model fails.
    pub(crate) symptom: String,
    pub(crate) pattern: String,
    pub(crate) replacement: String,
}

/// The mutants of a table, in its order.
pub(crate) fn parse(table: &str) -> Vec<Mutant> {
    let mut mutants: Vec<Mutant> = Vec::new();
    for (index, line) in table.lines().enumerate() {
        let place = || format!("line {} of the table of mutants: {line}", index + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let changed = line.strip_prefix("- ").or_else(|| line.strip_prefix("+ "));
        match (changed, mutants.last_mut()) {
            (None, _) => mutants.push(head(line).unwrap_or_else(|| panic!("{}", place()))),
            (Some(code), Some(mutant)) => {
                let part = if line.starts_with('-') { &mut mutant.pattern } else { &mut mutant.replacement };
                if !part.is_empty() {
                    part.push('\n');
                }
                part.push_str(code);
            }
            (Some(_), None) => panic!("{}", place()),
        }
    }
    mutants
}

/// `file name: model::function: symptom`
fn head(line: &str) -> Option<Mutant> {
    let (mutant, rest) = line.split_once(": ")?;
    let (file, name) = mutant.split_once(' ')?;
    let (model, symptom) = rest.split_once(": ")?;
    let (model, function) = model.split_once("::")?;
    Some(Mutant {
        file: file.to_owned(),
        name: name.to_owned(),
        model: model.to_owned(),
        function: function.to_owned(),
        symptom: symptom.to_owned(),
        ..Mutant::default()
    })
}
