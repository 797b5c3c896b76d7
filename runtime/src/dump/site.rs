//! Places in the program's source.

use std::fmt;
use std::panic::Location;

use serde::Serialize;

/// A place in the source.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let child = gopark::go(gopark::coroutine::park); // here
///     let site = gopark::dump().coroutine(child.coroutine().id()).unwrap().spawned_at.unwrap();
///     assert!(site.to_string().starts_with(site.file) && site.line > 1);
///     child.coroutine().unpark();
///     child.join().unwrap();
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Site {
    /// The file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Site {
    pub(super) fn of(location: &'static Location<'static>) -> Site {
        Site { file: location.file(), line: location.line(), column: location.column() }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
