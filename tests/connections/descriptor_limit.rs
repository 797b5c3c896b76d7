//! How many descriptors the process may have open.

pub(crate) fn limit() -> libc::rlimit {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the argument is a valid place for a rlimit.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) }, 0);
    limit
}

pub(crate) fn set_limit(limit: libc::rlimit) {
    // SAFETY: the argument is a valid rlimit; descriptors that are open stay open.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
}
