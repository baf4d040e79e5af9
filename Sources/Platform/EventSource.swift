// What wakes the loop: descriptors, timers and signals. A source lives as long as its object.
internal import CLinux
internal import CSystemd
internal import Glibc
package import Model

@Loop
package final class EventSource {
    // Only touched on the loop's thread, where deinit runs too.
    private nonisolated(unsafe) var source: OpaquePointer?  // Unsafe because deinit has no actor.
    fileprivate let fired: @Loop () -> Void

    private init(_ fired: @escaping @Loop () -> Void) { self.fired = fired }

    deinit { sd_event_source_disable_unref(source) }

    package struct Interest: Sendable {
        fileprivate let events: UInt32

        package static let readable = Interest(events: UInt32(EPOLLIN.rawValue))
        /// A hang-up of the other side, though it may still read.
        package static let hangUp = Interest(events: UInt32(EPOLLRDHUP.rawValue))
        /// What the kernel's list of mounts says when it changes.
        package static let exceptional = Interest(events: UInt32(EPOLLPRI.rawValue))
    }

    /// Calls when the descriptor has something, as long as it has.
    package static func descriptor(
        _ descriptor: Int32, _ interest: Interest = .readable, _ fired: @escaping @Loop () -> Void
    ) -> EventSource? {
        make(fired) { source, me in
            sd_event_add_io(Loop.executor.event, source, descriptor, interest.events, descriptorFired, me)
        }
    }

    /// Calls once. Timers may be late by a hundredth, which lets the kernel bundle them.
    package static func timer(after_s seconds: Double, _ fired: @escaping @Loop () -> Void) -> EventSource? {
        let delay_us = UInt64(max(0, seconds) * 1e6)
        return make(fired) { source, me in
            sd_event_add_time_relative(
                Loop.executor.event, source, CLOCK_MONOTONIC, delay_us, max(1000, delay_us / 100), timerFired,
                me)
        }
    }

    /// Calls once, when the wall clock shows this time or a later one; a machine that slept over it hears it on waking.
    package static func timer(at moment: Timestamp, _ fired: @escaping @Loop () -> Void) -> EventSource? {
        let moment_us = UInt64(max(0, moment.milliseconds)) * 1000
        return make(fired) { source, me in
            sd_event_add_time(
                Loop.executor.event, source, CLOCK_REALTIME, moment_us, 60_000_000, timerFired, me)
        }
    }

    /// Calls whenever the signal comes. `Signals.block` must have blocked it before any thread was made.
    package static func signal(_ number: Int32, _ fired: @escaping @Loop () -> Void) -> EventSource? {
        make(fired) { source, me in
            sd_event_add_signal(Loop.executor.event, source, number, signalFired, me)
        }
    }

    private static func make(
        _ fired: @escaping @Loop () -> Void,
        _ add: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutableRawPointer) -> Int32
    ) -> EventSource? {
        let made = EventSource(fired)
        var source: OpaquePointer?
        guard add(&source, Unmanaged.passUnretained(made).toOpaque()) >= 0 else { return nil }
        made.source = source
        return made
    }
}

/// The strong reference keeps the object for the length of the call, even if the handler lets go of it.
private func fire(_ me: UnsafeMutableRawPointer?) {
    guard let me else { return }
    let source = Unmanaged<EventSource>.fromOpaque(me).takeUnretainedValue()
    Loop.assumeIsolated { source.fired() }
}

private func descriptorFired(
    _: OpaquePointer?, _: Int32, _: UInt32, _ me: UnsafeMutableRawPointer?
) -> Int32 {
    fire(me)
    return 0
}

private func timerFired(_: OpaquePointer?, _: UInt64, _ me: UnsafeMutableRawPointer?) -> Int32 {
    fire(me)
    return 0
}

private func signalFired(
    _: OpaquePointer?, _: UnsafePointer<signalfd_siginfo>?, _ me: UnsafeMutableRawPointer?
) -> Int32 {
    fire(me)
    return 0
}

package enum Signals {
    /// Blocks the signals that the loop will read, in this thread and all it starts; and ignores the two that would kill:
    /// SIGPIPE from a client that left, SIGIO from a broken lease.
    package static func prepare() {
        var blocked = sigset_t()
        sigemptyset(&blocked)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&blocked, signal) }
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        for signal in [SIGPIPE, SIGIO] { _ = Glibc.signal(signal, SIG_IGN) }
    }

    /// Signals that people and managers send, as against those that a fault in a program raises.
    package static let areFromOutside: Set<Int32> = [SIGTERM, SIGINT, SIGHUP]

    package static let terminate = SIGTERM
    package static let interrupt = SIGINT
    package static let reload = SIGHUP
}
