//! Running a model through its interleavings.

use std::sync::Arc;

use loom::model::Builder;

/// Shared, not generic, so that loom's search is compiled once and not for each model and mutant.
type Model = Arc<dyn Fn() + Send + Sync>;

/// Runs `model` in every interleaving, with every value that each load may return.
///
/// Loom sees what its own atomics and cells do, and nothing else: what a thread does next must not depend on a
/// plain cell that another one writes, or interleavings are missed. Assertions may read such cells.
///
/// # Panics
/// As soon as the model does, or leaves a thread asleep for ever.
pub fn explore(model: impl Fn() + Send + Sync + 'static) {
    check(None, Arc::new(model));
}

/// The same, but for interleavings in which running threads are interrupted more than `preemptions` times.
/// Switches where a thread sleeps or ends do not count. For models whose full tree takes too long: few bugs
/// need three interruptions, and the mutants show whether the bound is wide enough for ours. A wider one, for a
/// run over night, comes from the environment: `LOOM_MAX_PREEMPTIONS`.
///
/// # Panics
/// As [`explore`].
pub fn explore_within(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    check(Some(preemptions), Arc::new(model));
}

fn check(preemptions: Option<usize>, model: Model) {
    let mut builder = Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.check(move || model());
}
