// What is told by mail, and when: enough that nobody has to look, and never a flood. Pure: what is seen and what time it
// is come in, and what is due comes out.
import Model

struct Mailing {
    enum Topic: String, CaseIterable, Codable {
        /// Something is lost, or may be.
        case critical
        case needsYou
        case degraded
        case well
        case weekly
    }

    /// How long what happens is collected and waited for, all by one measure.
    struct Waits: Hashable {
        /// Files are collected for this long from the first; and what is not well must stay so for this long.
        var after_s = 600.0

        /// For what is serious.
        var afterCritical_s: Double { after_s / 10 }
        /// From one mail to the next about the same thing.
        var again_s: Double { 6 * after_s }
        /// From a mail that no server took to the next try; it grows with every failure.
        func retry_s(_ failures: Int) -> Double {
            min(again_s, after_s / 10 * Double(1 << min(10, max(0, failures - 1))))
        }
    }

    private static let day_s = 86400.0
    private static let week_s = 7 * day_s
    /// No more in a day, but for what is serious.
    private static let dailyAtMost = 20

    /// What was told already: kept over a restart, so that nothing is told twice and nothing forgotten.
    struct Told: Codable, Equatable {
        /// Everything that was handed back up to here.
        var handedBackUntil: Timestamp
        var health = Health.ok
        /// The reasons that were named.
        var reasons: Set<String> = []
        /// The last mail about each.
        var at: [String: Timestamp] = [:]
        /// When mails went out within the last day.
        var sent: [Timestamp] = []
        /// Nobody waits for the first "all well" from before mail was asked for.
        var weeklySince: Timestamp

        init(from now: Timestamp) { (handedBackUntil, weeklySince) = (now, now) }
    }

    var waits: Waits
    var wantsWeekly: Bool
    private(set) var told: Told

    private var health = Health.ok
    private var healthSince: Timestamp?
    /// Each reason in force, and since when.
    private var reasons: [String: Timestamp] = [:]
    private var handedBackAt: Timestamp?
    private var failures = 0
    private var retryAt: Timestamp?

    init(_ told: Told, waits: Waits, wantsWeekly: Bool) {
        (self.told, self.waits, self.wantsWeekly) = (told, waits, wantsWeekly)
    }

    // MARK: What is seen

    mutating func saw(_ health: Health, _ reasons: [Reason], at now: Timestamp) {
        if health != self.health || healthSince == nil { (self.health, healthSince) = (health, now) }
        // A clock that was set back makes nobody wait.
        healthSince = healthSince.map { min($0, now) }
        handedBackAt = handedBackAt.map { min($0, now) }
        retryAt = retryAt.map { min($0, now + waits.again_s) }
        told.handedBackUntil = min(told.handedBackUntil, now)
        told.weeklySince = min(told.weeklySince, now)
        // A second file of one kind is news, another number in the same sentence is not.
        var counts: [String: Int] = [:]
        let names = reasons.map { reason in
            counts[reason.code, default: 0] += 1
            return "\(reason.code) \(counts[reason.code, default: 0])"
        }
        self.reasons = Dictionary(names.map { ($0, min(self.reasons[$0] ?? now, now)) }) { first, _ in first }
    }

    mutating func sawHandedBack(at now: Timestamp) { handedBackAt = handedBackAt ?? now }

    // MARK: What is due

    /// A mail that should go out, and the reasons that it names.
    struct Due: Hashable {
        let topic: Topic
        let reasons: Set<String>
    }

    func due(at now: Timestamp) -> Due? {
        let topic = Topic.allCases.first { topic in moment(of: topic, now).map { $0 <= now } ?? false }
        return topic.map { Due(topic: $0, reasons: Set(reasons.keys)) }
    }

    /// When something will be due, if nothing changes.
    func next(after now: Timestamp) -> Timestamp? {
        Topic.allCases.compactMap { moment(of: $0, now) }.min()
    }

    private func moment(of topic: Topic, _ now: Timestamp) -> Timestamp? {
        guard let wanted = wanted(topic, now) else { return nil }
        var moments = [wanted, retryAt].compactMap(\.self)
        let sent = told.sent.filter { isRecent($0, now) }.sorted()
        if topic != .critical, sent.count >= Self.dailyAtMost {
            moments.append(sent[sent.count - Self.dailyAtMost] + Self.day_s)
        }
        return moments.max()
    }

    private func wanted(_ topic: Topic, _ now: Timestamp) -> Timestamp? {
        switch topic {
        case .critical: ill(.critical, topic, waits.afterCritical_s, remind_s: Self.day_s, now)
        case .degraded: ill(.degraded, topic, waits.after_s, remind_s: Self.week_s, now)
        case .needsYou: handedBackAt.map { notAgain(topic, $0 + waits.after_s, now) }
        case .well:
            health == .ok && told.health != .ok
                ? healthSince.map { notAgain(topic, $0 + waits.after_s, now) } : nil
        case .weekly:
            wantsWeekly && health == .ok && told.health == .ok ? told.weeklySince + Self.week_s : nil
        }
    }

    /// Told when it begins, when a reason comes to it, and now and then as long as it lasts.
    private func ill(
        _ level: Health, _ topic: Topic, _ wait_s: Double, remind_s: Double, _ now: Timestamp
    ) -> Timestamp? {
        guard health == level, let since = healthSince else { return nil }
        if told.health != level { return notAgain(topic, since + wait_s, now) }
        let news = reasons.filter { !told.reasons.contains($0.key) }.values.min()
        let reminder = last(topic, now).map { $0 + remind_s } ?? now
        return min(news.map { notAgain(topic, $0 + wait_s, now) } ?? reminder, reminder)
    }

    private func notAgain(_ topic: Topic, _ moment: Timestamp, _ now: Timestamp) -> Timestamp {
        last(topic, now).map { max($0 + waits.again_s, moment) } ?? moment
    }

    /// A time that is still to come was written by a clock that was wrong.
    private func last(_ topic: Topic, _ now: Timestamp) -> Timestamp? {
        told.at[topic.rawValue].flatMap { $0 <= now ? $0 : nil }
    }

    private func isRecent(_ moment: Timestamp, _ now: Timestamp) -> Bool {
        moment <= now && now.seconds(since: moment) < Self.day_s
    }

    // MARK: What became of it

    /// A mail went out.
    mutating func sent(_ due: Due, at now: Timestamp) {
        (failures, retryAt) = (0, nil)
        told.sent = told.sent.filter { isRecent($0, now) } + [now]
        told.at[due.topic.rawValue] = now
        switch due.topic {
        case .critical: (told.health, told.reasons) = (.critical, due.reasons)
        case .degraded: (told.health, told.reasons) = (.degraded, due.reasons)
        case .well: (told.health, told.reasons) = (.ok, [])
        // Up to where, only the mail itself knows.
        case .needsYou: break
        case .weekly: told.weeklySince = now
        }
    }

    /// What was handed back up to a moment was told, or is mended.
    mutating func handedBackWasTold(until moment: Timestamp) {
        told.handedBackUntil = max(told.handedBackUntil, moment)
        handedBackAt = nil
    }

    mutating func failed(at now: Timestamp) {
        failures += 1
        retryAt = now + waits.retry_s(failures)
    }
}
