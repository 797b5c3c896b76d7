//! A signal stack for the calling thread, so that a handler can run when the ordinary stack is used up.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::ptr;

/// Room for the handler that names an overflow, for std's behind it, and for AVX-512 register frames.
const SIZE: usize = 64 * 1024;

/// The calling thread's signal stack; dropping it puts back what was there before.
#[derive(Debug)]
pub(crate) struct AltStack {
    memory: *mut libc::c_void,
    previous: libc::stack_t,
}

impl AltStack {
    pub(crate) fn install() -> io::Result<AltStack> {
        // SAFETY: a new private anonymous mapping aliases nothing.
        let memory = unsafe {
            libc::mmap(
                ptr::null_mut(),
                SIZE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let new = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: SIZE };
        // SAFETY: stack_t is plain data for which zeroes are valid.
        let mut previous: libc::stack_t = unsafe { mem::zeroed() };
        // SAFETY: both point to valid stack_t values; the memory lives until Drop has taken it out again.
        if unsafe { libc::sigaltstack(&new, &mut previous) } != 0 {
            let error = io::Error::last_os_error();
            // SAFETY: mapped above, known to nobody.
            unsafe { libc::munmap(memory, SIZE) };
            return Err(error);
        }
        Ok(AltStack { memory, previous })
    }
}

impl Drop for AltStack {
    fn drop(&mut self) {
        // SAFETY: AltStack is not Send (it holds a raw pointer), so this is the thread of `install`, in no
        // handler; afterwards the kernel knows the memory no more.
        unsafe {
            libc::sigaltstack(&self.previous, ptr::null_mut());
            libc::munmap(self.memory, SIZE);
        }
    }
}
