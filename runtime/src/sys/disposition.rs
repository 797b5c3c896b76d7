//! What becomes of a signal.

use std::fs;

/// Whether the kernel does with the signal what it does by default: it is neither caught nor ignored (proc(5),
/// `SigCgt` and `SigIgn`). False if the kernel does not tell.
pub(crate) fn is_default(signal: i32) -> bool {
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return false };
    let is_in = |set: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(set))?;
        let mask = u64::from_str_radix(line.trim(), 16).ok()?;
        Some(mask & (1 << (signal - 1)) != 0)
    };
    is_in("SigCgt:") == Some(false) && is_in("SigIgn:") == Some(false)
}

#[cfg(test)]
mod tests {
    use super::is_default;

    #[test]
    fn rust_ignores_broken_pipes_and_catches_faults() {
        assert!(!is_default(libc::SIGPIPE));
        assert!(!is_default(libc::SIGSEGV));
        assert!(is_default(libc::SIGUSR2));
    }
}
