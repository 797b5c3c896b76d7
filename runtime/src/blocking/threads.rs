//! Threads that are made when there is something to do, and end when there has been nothing for some time.
//!
//! # Invariants
//! 1. A *free* thread runs nobody's code, and looks at the line before it sleeps or ends. So a job in line is taken
//!    soon if there are as many free threads as jobs.
//! 2. Who adds a job to the line calls a sleeper, if there is one. So either nobody sleeps, or there are no more
//!    jobs in line than free threads that are awake.
//! 3. Jobs are taken in the order in which they came.

use std::collections::VecDeque;
use std::io;
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::sys::affinity;

/// What the kernel shows as the name of each: its limit of 15 bytes.
const THREAD_NAME: &str = "gopark-blocking";

/// What a thread does with one job.
pub(super) trait Job: Send + 'static {
    /// First: the part that may run anybody's code, and take long. Does not panic.
    fn work(&mut self);

    /// Then: tells whoever waits for it. Short; does not panic.
    fn tell(self);
}

/// A set of threads that do jobs.
pub(super) struct Threads<J> {
    state: Mutex<State<J>>,
    more: Condvar,
    most: usize,
    idle_for: Duration,
}

struct State<J> {
    line: VecDeque<J>,
    /// Threads that are there, those included that have just been started.
    existing: usize,
    /// Those of them that do not work.
    free: usize,
}

impl<J: Job> Threads<J> {
    /// None yet. There will be `most` at most, and each ends when it has been free for `idle_for`.
    pub(super) const fn new(most: usize, idle_for: Duration) -> Threads<J> {
        let state = State { line: VecDeque::new(), existing: 0, free: 0 };
        Threads { state: Mutex::new(state), more: Condvar::new(), most, idle_for }
    }

    /// Has `job` done by one of the threads, soon, or after those that came before it. Never waits for a job, and does
    /// not panic once it is in line.
    ///
    /// # Errors
    /// The job: there is no thread, and none can be made.
    pub(super) fn hand_over(&'static self, job: J) -> Result<(), J> {
        let mut state = self.state.lock();
        if state.line.len() >= state.free && state.existing < self.most {
            // With the lock held, so that a failure is known before anybody counts on the thread. Rare: threads
            // are kept.
            match self.start_thread() {
                Ok(()) => {
                    state.existing += 1;
                    state.free += 1;
                }
                Err(_) if state.existing == 0 => return Err(job),
                Err(_) => {} // one of those that are there takes it later
            }
        }
        state.line.push_back(job);
        drop(state);
        self.more.notify_one();
        Ok(())
    }

    #[cold]
    fn start_thread(&'static self) -> io::Result<()> {
        thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(|| self.serve()).map(drop)
    }

    fn serve(&self) {
        // The thread inherits the one CPU of a pinned worker. If the kernel refuses, it works there.
        let _ = affinity::unpin();
        let mut state = self.state.lock();
        loop {
            if let Some(mut job) = state.line.pop_front() {
                state.free -= 1;
                MutexGuard::unlocked(&mut state, || job.work());
                // Before it tells: whoever hears of it may come with the next job at once, and need not make
                // a second thread for it.
                state.free += 1;
                MutexGuard::unlocked(&mut state, || job.tell());
            } else if self.more.wait_for(&mut state, self.idle_for).timed_out() && state.line.is_empty() {
                state.free -= 1;
                state.existing -= 1;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread::ThreadId;
    use std::time::Instant;

    use super::*;

    /// A closure that works, and one that tells.
    struct Call(Option<Closure>, Closure);

    type Closure = Box<dyn FnOnce() + Send>;

    impl Job for Call {
        fn work(&mut self) {
            self.0.take().expect("once")();
        }

        fn tell(self) {
            self.1();
        }
    }

    const FOR_EVER: Duration = Duration::from_secs(1 << 20);
    const HANGS_AFTER: Duration = Duration::from_secs(60);

    fn threads(most: usize, idle_for: Duration) -> &'static Threads<Call> {
        Box::leak(Box::new(Threads::new(most, idle_for)))
    }

    fn hand_over(threads: &'static Threads<Call>, work: impl FnOnce() + Send + 'static) {
        let call = Call(Some(Box::new(work)), Box::new(|| ()));
        assert!(threads.hand_over(call).is_ok(), "a thread can be had");
    }

    fn await_that(threads: &Threads<Call>, holds: impl Fn(&State<Call>) -> bool) {
        let begun = Instant::now();
        while !holds(&threads.state.lock()) {
            assert!(begun.elapsed() < HANGS_AFTER, "it never holds");
            thread::yield_now();
        }
    }

    /// Makes a job that says where it runs, and stays until it is let go.
    fn held(said: &Sender<ThreadId>) -> (impl FnOnce() + Send + 'static, Sender<()>) {
        let (said, (let_go, held)) = (said.clone(), channel());
        let job = move || {
            said.send(thread::current().id()).expect("the test listens");
            held.recv().expect("the test lets go");
        };
        (job, let_go)
    }

    fn heard<T>(from: &Receiver<T>) -> T {
        from.recv_timeout(HANGS_AFTER).expect("a job runs")
    }

    #[test]
    fn whoever_has_been_told_finds_the_thread_free() {
        let threads = threads(8, FOR_EVER);
        let (say, said) = channel();
        let ids: HashSet<ThreadId> = (0..1000)
            .map(|_| {
                let say = say.clone();
                let tell = move || say.send(thread::current().id()).expect("the test listens");
                assert!(threads.hand_over(Call(Some(Box::new(|| ())), Box::new(tell))).is_ok());
                heard(&said)
            })
            .collect();
        assert_eq!((ids.len(), threads.state.lock().existing), (1, 1));
    }

    #[test]
    fn jobs_at_once_have_a_thread_each() {
        let threads = threads(8, FOR_EVER);
        let (say, said) = channel();
        let held: Vec<_> = (0..8)
            .map(|_| {
                let (job, let_go) = held(&say);
                hand_over(threads, job);
                let_go
            })
            .collect();
        let ids: HashSet<ThreadId> = (0..8).map(|_| heard(&said)).collect();
        assert_eq!(ids.len(), 8);
        assert_eq!(threads.state.lock().free, 0);
        held.iter().for_each(|let_go| let_go.send(()).expect("it waits"));
        await_that(threads, |state| state.free == 8);
    }

    #[test]
    fn further_jobs_wait_in_line_and_keep_their_order() {
        let threads = threads(1, FOR_EVER);
        let (say, said) = channel();
        let (job, let_go) = held(&say);
        hand_over(threads, job);
        heard(&said);
        let (note, noted) = channel();
        for i in 0..100 {
            let note = note.clone();
            hand_over(threads, move || note.send(i).expect("the test listens"));
        }
        assert_eq!(threads.state.lock().line.len(), 100);
        assert!(noted.try_recv().is_err());
        let_go.send(()).expect("it waits");
        let order: Vec<i32> = (0..100).map(|_| heard(&noted)).collect();
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(threads.state.lock().existing, 1);
    }

    #[test]
    fn a_thread_without_work_ends_and_another_is_made() {
        let threads = threads(4, Duration::from_millis(10));
        let (say, said) = channel();
        let mut ids = HashSet::new();
        for _ in 0..3 {
            let say = say.clone();
            hand_over(threads, move || say.send(thread::current().id()).expect("the test listens"));
            ids.insert(heard(&said));
            await_that(threads, |state| state.existing == 0 && state.free == 0);
        }
        assert_eq!(ids.len(), 3);
    }

    /// The job comes when the thread has given up waiting, and ends as soon as it gets the lock.
    #[test]
    fn a_thread_looks_at_the_line_before_it_ends() {
        let idle_for = Duration::from_millis(20);
        let threads = threads(1, idle_for);
        let (note, noted) = channel();
        for _ in 0..3 {
            hand_over(threads, || ());
            await_that(threads, |state| state.line.is_empty() && state.free == 1);
            thread::sleep(idle_for / 4); // it waits by now
            let mut state = threads.state.lock();
            if state.existing == 0 {
                continue; // this machine is too busy for such figures
            }
            thread::sleep(2 * idle_for);
            let note = note.clone();
            let work = move || note.send(()).expect("the test listens");
            state.line.push_back(Call(Some(Box::new(work)), Box::new(|| ())));
            drop(state);
            heard(&noted);
        }
    }

    /// Each burst comes about when the threads of the one before give up: none of it is left in line.
    #[test]
    fn no_job_is_lost_on_a_thread_that_ends() {
        const BURST: usize = 6;
        let idle_for = Duration::from_micros(100);
        let threads = threads(4, idle_for);
        let (note, noted) = channel();
        for round in 0..2_000 {
            for _ in 0..BURST {
                let note = note.clone();
                hand_over(threads, move || note.send(()).expect("the test listens"));
            }
            (0..BURST).for_each(|_| heard(&noted));
            let pause = Instant::now();
            while pause.elapsed() < idle_for * (round % 8) / 4 {
                std::hint::spin_loop();
            }
        }
        await_that(threads, |state| state.existing == 0 && state.free == 0);
    }
}
