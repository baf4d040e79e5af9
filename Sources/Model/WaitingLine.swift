/// How much longer the assets in line will take, by what is known of them: no estimate rather than a wrong one.
package struct WaitingLine: Sendable {
    /// A video that waits for its conversion, in the order of the line.
    package struct Place: Sendable {
        package let id: AssetID
        package let duration_s: Double

        package init(id: AssetID, duration_s: Double) { (self.id, self.duration_s) = (id, duration_s) }
    }

    /// What a conversion cost, and how long its video plays.
    package struct Work: Sendable {
        package let work_s: Double
        package let duration_s: Double

        package init(work_s: Double, duration_s: Double) {
            (self.work_s, self.duration_s) = (work_s, duration_s)
        }
    }

    private var waits: [AssetID: Double] = [:]

    /// Nobody waits.
    package init() {}

    /// `running` holds what each conversion says of itself; `line` begins with the one that is next.
    package init(running: [AssetID: Double?], line: [Place], recent: [Work], jobs: Int) {
        for case (let id, let eta?) in running { waits[id] = eta }
        guard let pace = Self.pace(recent), running.values.allSatisfy({ $0 != nil }) else { return }
        // When each slot will be free.
        var free = running.values.compactMap(\.self)
        free += Array(repeating: 0, count: max(0, jobs - free.count))
        for place in line where running[place.id] == nil {
            guard let next = free.indices.min(by: { free[$0] < free[$1] }) else { return }
            free[next] += place.duration_s * pace
            waits[place.id] = free[next]
        }
    }

    package subscript(id: AssetID) -> Double? { waits[id] }

    /// Seconds of work for a second of video. Nil where the last ones were too few, or too different to tell of the next:
    /// some were copied and others converted.
    private static func pace(_ recent: [Work]) -> Double? {
        let paces = recent.filter { $0.duration_s > 0 }.map { $0.work_s / $0.duration_s }.sorted()
        guard paces.count >= 3 else { return nil }
        let (slow, quick) = (paces[paces.count * 3 / 4], paces[paces.count / 4])
        return slow <= 4 * quick ? slow : nil
    }
}
