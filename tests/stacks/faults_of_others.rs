//! A SIGSEGV that is no overflow of ours goes where it went before there was a runtime.

use std::hint::black_box;
use std::io::Error;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::thread;

use gopark::{Runtime, coroutine, run, stack};

use crate::child::{Ended, in_child};
use crate::overflow::{check_report, died_of, dive, expect_own_id};

/// What the handlers below leave with.
const HANDLED: i32 = 43;
const PAGE: usize = 4096;

/// An access that no program may make. On a coroutine or on a thread.
fn stray() -> u8 {
    let nowhere = black_box(64) as *const u8;
    // SAFETY: none: the test wants the fault, in a child process that ends with it.
    unsafe { nowhere.read_volatile() }
}

fn install(handler: usize, flags: libc::c_int) {
    // SAFETY: sigaction is plain data for which zeroes are valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    // SAFETY: the callers pass handlers of the signature that their flags ask for, or SIG_DFL.
    let installed = unsafe { libc::sigaction(libc::SIGSEGV, &action, ptr::null_mut()) };
    assert_eq!(installed, 0, "{}", Error::last_os_error());
}

extern "C" fn leave(_signal: libc::c_int) {
    // SAFETY: _exit is async-signal-safe.
    unsafe { libc::_exit(HANDLED) }
}

extern "C" fn leave_if_stray(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo.
    let right = unsafe { (*info).si_addr() as usize } == 64;
    // SAFETY: _exit is async-signal-safe.
    unsafe { libc::_exit(if right { HANDLED } else { 1 }) }
}

/// How often `open_page` was called.
static OPENED: AtomicUsize = AtomicUsize::new(0);

/// Repairs the fault, as garbage collectors and database engines do, and returns.
extern "C" fn open_page(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    OPENED.fetch_add(1, SeqCst);
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo; mprotect is a plain system call, and the fault was
    // in a page of the test's own.
    unsafe {
        let page = (*info).si_addr() as usize & !(PAGE - 1);
        libc::mprotect(page as *mut libc::c_void, PAGE, libc::PROT_READ | libc::PROT_WRITE);
    }
}

/// Pages of which every first access faults.
fn closed_pages(count: usize) -> *mut u8 {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at an address of the kernel's choice aliases nothing.
    let pages = unsafe { libc::mmap(ptr::null_mut(), count * PAGE, libc::PROT_NONE, flags, -1, 0) };
    assert_ne!(pages, libc::MAP_FAILED);
    pages.cast()
}

#[track_caller]
fn crashed_quietly(ended: &Ended) {
    died_of(ended, libc::SIGSEGV);
    assert!(!ended.stderr.contains("overflow"), "{}", ended.stderr);
}

#[test]
fn on_a_plain_thread_it_is_deadly() {
    let ended = in_child(on_a_plain_thread_it_is_deadly, &[], || {
        run(|| ());
        stray();
    });
    crashed_quietly(&ended);
}

#[test]
fn on_a_coroutine_it_is_deadly() {
    let ended = in_child(on_a_coroutine_it_is_deadly, &[], || {
        run(stray);
    });
    crashed_quietly(&ended);
}

#[test]
fn inside_grow_it_is_deadly() {
    let ended = in_child(inside_grow_it_is_deadly, &[], || {
        run(|| stack::grow(1 << 20, stray));
    });
    crashed_quietly(&ended);
}

/// Without even std's handler.
#[test]
fn with_the_default_action_it_is_deadly() {
    let ended = in_child(with_the_default_action_it_is_deadly, &[], || {
        install(libc::SIG_DFL, 0);
        run(stray);
    });
    crashed_quietly(&ended);
}

/// Somebody who reads where a parked coroutine's guard is has a wild pointer, and that coroutine no overflow.
#[test]
fn a_wild_pointer_into_a_guard_is_no_overflow() {
    let ended = in_child(a_wild_pointer_into_a_guard_is_no_overflow, &[], || {
        static LOCAL: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
        let runtime = Runtime::builder().workers(1).build().unwrap();
        runtime.spawn(|| {
            let mut local = 0_u8;
            LOCAL.store(black_box(&mut local), SeqCst);
            coroutine::park();
        });
        crate::eventually::eventually("parked", || runtime.metrics().machines[0].parks > 0);
        // Downwards through the stack, which nobody uses now, into what guards it.
        let mut at = LOCAL.load(SeqCst);
        loop {
            at = at.wrapping_sub(PAGE);
            // SAFETY: none: the test wants the fault at the end, in a child process that ends with it.
            unsafe { at.read_volatile() };
        }
    });
    crashed_quietly(&ended);
}

#[test]
fn an_earlier_handler_is_called_for_a_thread() {
    let ended = in_child(an_earlier_handler_is_called_for_a_thread, &[], || {
        install(leave as *const () as usize, libc::SA_ONSTACK);
        run(|| ());
        stray();
    });
    assert_eq!(ended.status.code(), Some(HANDLED), "{}", ended.stderr);
}

#[test]
fn an_earlier_handler_is_called_for_a_coroutine() {
    let ended = in_child(an_earlier_handler_is_called_for_a_coroutine, &[], || {
        install(leave as *const () as usize, libc::SA_ONSTACK);
        run(stray);
    });
    assert_eq!(ended.status.code(), Some(HANDLED), "{}", ended.stderr);
}

/// With the kernel's own information about the fault.
#[test]
fn an_earlier_handler_is_told_the_address() {
    let ended = in_child(an_earlier_handler_is_told_the_address, &[], || {
        install(leave_if_stray as *const () as usize, libc::SA_ONSTACK | libc::SA_SIGINFO);
        run(stray);
    });
    assert_eq!(ended.status.code(), Some(HANDLED), "{}", ended.stderr);
}

/// Whoever repairs what it is called for is called again for the next one, in coroutines and on threads.
#[test]
fn an_earlier_handler_that_repairs_goes_on_doing_so() {
    let ended = in_child(an_earlier_handler_that_repairs_goes_on_doing_so, &[], || {
        const EACH: usize = 100;
        install(open_page as *const () as usize, libc::SA_ONSTACK | libc::SA_SIGINFO);
        let write_all = || {
            let pages = closed_pages(EACH);
            for page in 0..EACH {
                // SAFETY: inside the mapping, which the handler opens.
                unsafe { pages.add(page * PAGE).write_volatile(7) };
                gopark::yield_now();
            }
        };
        run(|| {
            let coroutines = [gopark::go(write_all), gopark::go(write_all)];
            coroutines.into_iter().for_each(|coroutine| coroutine.join().unwrap());
        });
        write_all();
        assert_eq!(OPENED.load(SeqCst), 3 * EACH);
    });
    ended.succeeded();
}

/// An overflow is ours even where an earlier handler would like to have it.
#[test]
fn an_overflow_is_reported_before_an_earlier_handler() {
    let ended = in_child(an_overflow_is_reported_before_an_earlier_handler, &[], || {
        install(leave as *const () as usize, libc::SA_ONSTACK);
        run(|| {
            expect_own_id();
            dive(0)
        });
    });
    check_report(&ended);
}

#[test]
fn std_still_reports_the_overflow_of_a_thread() {
    let ended = in_child(std_still_reports_the_overflow_of_a_thread, &[], || {
        let runtime = Runtime::builder().workers(2).build().unwrap();
        runtime.run(|| ());
        let deep = thread::Builder::new().name("deep thread".into()).spawn(|| dive(0)).unwrap();
        black_box(deep.join().unwrap());
    });
    died_of(&ended, libc::SIGABRT);
    assert!(ended.stderr.contains("thread 'deep thread'"), "{}", ended.stderr);
    assert!(ended.stderr.contains("has overflowed its stack"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("coroutine"), "{}", ended.stderr);
}
