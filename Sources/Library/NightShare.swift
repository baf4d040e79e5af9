// How much of the archive a night must check, so that nothing goes unchecked for longer than a month. Pure.
package import Model

package struct NightShare: Sendable {
    /// Everything is checked at least this often.
    package static let within_s = 30.0 * 86400
    /// What was checked a week ago, or published, is not read again: it spares the disks of small archives.
    package static let fresh_s = 7.0 * 86400
    /// So many nights take all of it, however little is overdue: a month's files, dropped in one day, are not all due in one
    /// night. With the fresh week that leaves three nights to spare.
    private static let nights: Int64 = 20
    /// What has waited for so long is checked whatever the share.
    private static let due_s = within_s - 3 * 86400
    /// The disks' other work has the rest of the night.
    package static let longest_s = 2.0 * 3600

    /// What one night reads at least, where so much is not fresh.
    package let bytes: Int64
    private let now: Timestamp

    package init(total_bytes: Int64, now: Timestamp) {
        bytes = (total_bytes + Self.nights - 1) / Self.nights
        self.now = now
    }

    /// What was checked after this is not read again tonight.
    package var before: Timestamp { now + -Self.fresh_s }

    /// Whether tonight goes on with an asset that was last checked at `since`.
    package func includes(since: Timestamp, done_bytes: Int64, worked_s: Double) -> Bool {
        if since >= before || worked_s >= Self.longest_s { return false }
        return done_bytes < bytes || isDue(since)
    }

    /// Whether it should be checked soon, also beside other work.
    package func isDue(_ since: Timestamp) -> Bool { now.seconds(since: since) >= Self.due_s }
}
