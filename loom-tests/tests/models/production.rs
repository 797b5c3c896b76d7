//! The production files themselves, and every model on them. A warning that something here is never used means
//! that a step of a protocol has no model, or a model no test.

pub(crate) use crate::atomic;

#[path = "../../../runtime/src/lockfree/deadline.rs"]
pub(crate) mod deadline;
#[path = "../../../runtime/src/lockfree/flight_ring.rs"]
pub(crate) mod flight_ring;
#[path = "../../../runtime/src/lockfree/idle.rs"]
pub(crate) mod idle;
#[path = "../../../runtime/src/lockfree/inbox.rs"]
pub(crate) mod inbox;
#[path = "../../../runtime/src/lockfree/join_cell.rs"]
pub(crate) mod join_cell;
#[path = "../../../runtime/src/lockfree/parker.rs"]
pub(crate) mod parker;
#[path = "../../../runtime/src/lockfree/poller_role.rs"]
pub(crate) mod poller_role;
#[path = "../../../runtime/src/lockfree/ready_slot.rs"]
pub(crate) mod ready_slot;
#[path = "../../../runtime/src/lockfree/request.rs"]
pub(crate) mod request;
#[allow(
    unfulfilled_lint_expectations,
    reason = "what is said of the size of a ring is not true of a small one"
)]
#[path = "../../../runtime/src/lockfree/run_queue.rs"]
pub(crate) mod run_queue;
#[path = "../../../runtime/src/lockfree/spin_flag.rs"]
pub(crate) mod spin_flag;
#[path = "../../../runtime/src/lockfree/status.rs"]
pub(crate) mod status;

#[path = "constructors/inbox.rs"]
mod inbox_constructors;
#[path = "constructors/request.rs"]
mod request_constructors;
#[path = "constructors/spin_flag.rs"]
mod spin_flag_constructors;
#[path = "constructors/status.rs"]
mod status_constructors;

#[path = "alerts.rs"]
mod alerts;
#[path = "asking.rs"]
mod asking;
#[path = "bell.rs"]
mod bell;
#[path = "cancellation.rs"]
mod cancellation;
#[path = "crowd.rs"]
mod crowd;
#[path = "deadlines.rs"]
mod deadlines;
#[path = "delivery.rs"]
mod delivery;
#[path = "flights.rs"]
mod flights;
#[path = "hand_over.rs"]
mod hand_over;
#[path = "joint.rs"]
mod joint;
#[path = "looking.rs"]
mod looking;
#[path = "netpoll.rs"]
mod netpoll;
#[path = "polling.rs"]
mod polling;
#[path = "readiness.rs"]
mod readiness;
#[path = "ring.rs"]
mod ring;
#[path = "run_next.rs"]
mod run_next;
#[path = "search.rs"]
mod search;
#[path = "sleep.rs"]
mod sleep;
#[path = "spare.rs"]
mod spare;
#[path = "spinning.rs"]
mod spinning;
#[path = "tenants.rs"]
mod tenants;
#[path = "tokens.rs"]
mod tokens;
#[path = "waits.rs"]
mod waits;

gopark_loom_tests::passes! {
    // One protocol each.
    ring { owner_and_thief, two_thieves, spill_and_steal, round_the_ring, steal_from_a_thief }
    run_next { one_word, stored, reused_place }
    delivery { oldest_first, many_senders }
    sleep { hand_overs, draft_and_hand_over }
    bell { by_itself, called, twice, two_machines, ring_out }
    polling {
        a_deadline_and_a_poller, a_deadline_left_behind, one_at_a_time, passer_by, the_poller_goes_off_duty
    }
    readiness { edges, deadline }
    deadlines { moved_back, two_changes, beside_an_edge }
    crowd { two_of_a_backlog, ready_for_nothing, one_gives_up }
    joint { detach, join, join_with_deadline }
    waits { one_winner, plain_thread, thread_with_deadline, late_waker, forgotten_ticket }
    tokens { token_outlives_other_waits, park_with_deadline, late_token }
    cancellation {
        hand_over_or_cancellation, two_cancellers, closed_waits, late_partner, seized
    }
    alerts { before_or_during_a_wait, heeding }
    spinning { one_at_a_time }
    asking { two_threads }
    looking { two_waits }
    flights { overtaken, overtaken_twice, followed }
    tenants { old_ticket, old_handle, old_canceller, onlooker }

    // Several together.
    search { two_injectors, two_machines, stuck_machines }
    spare { spawner_and_sleeper }
    hand_over { two_coroutines, twice_through_the_inbox }
    netpoll { poller_and_timer }
}
