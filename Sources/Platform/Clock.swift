// What time it is.
internal import CLinux
internal import Glibc
package import Model

package enum Clock {
    /// The wall clock, for people and records.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Seconds that this place is east of UTC at a moment.
    package static func zone_s(at moment: Timestamp) -> Double {
        var seconds = time_t(moment.milliseconds / 1000)
        var parts = tm()
        return localtime_r(&seconds, &parts) == nil ? 0 : Double(parts.tm_gmtoff)
    }

    /// Whether the kernel knows of somebody who keeps the clock right.
    package static var isKept: Bool { flip_clock_is_kept() == 1 }

    /// Seconds on a clock that is never set, for measuring and waiting.
    package static func monotonic_s() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
