// Which job next. Pure: the oldest that may begin in its line, so that no long transcode keeps a preview waiting, and no
// hundreds of photos. Quick with tens of thousands in line, for every file and every job asks here.
package import Model

package struct JobQueue: Sendable {
    private var lines: [JobLine: Line] = [:]

    package init() {}

    /// Puts an asset in line; one that is there already only changes when it may begin.
    package mutating func add(_ id: AssetID, _ line: JobLine, notBefore: Timestamp = Timestamp(milliseconds: 0))
    {
        lines[line, default: Line()].remove(id)
        if notBefore.milliseconds <= 0 {
            lines[line, default: Line()].makeReady(id)
        } else {
            lines[line, default: Line()].letWait(id, notBefore)
        }
    }

    /// Takes the oldest that may begin.
    package mutating func next(_ line: JobLine, at now: Timestamp) -> AssetID? {
        lines[line, default: Line()].wake(at: now)
        return lines[line]?.ready.popFirst()
    }

    package mutating func remove(_ id: AssetID) {
        for line in JobLine.allCases { lines[line]?.remove(id) }
    }

    package func count(_ line: JobLine) -> Int { lines[line].map { $0.ready.count + $0.waiting.count } ?? 0 }

    /// When the next one that has to wait may begin.
    package func nextDue(after now: Timestamp) -> Timestamp? {
        lines.values.compactMap { line in line.waiting.first { $0.notBefore > now }?.notBefore }.min()
    }
}

/// One line. An id is in `ready` or in `waiting`, never in both.
private struct Line: Sendable {
    /// May begin, the oldest first.
    var ready: ArraySlice<AssetID> = []
    /// May not begin before a moment, the earliest first.
    var waiting: [(id: AssetID, notBefore: Timestamp)] = []
    /// The ids of `waiting`.
    var late: Set<AssetID> = []

    mutating func makeReady(_ id: AssetID) {
        let place = place(of: id)
        if place == ready.endIndex { ready.append(id) } else { ready.insert(id, at: place) }
    }

    mutating func letWait(_ id: AssetID, _ notBefore: Timestamp) {
        let place = waiting.lastIndex { $0.notBefore <= notBefore }.map { $0 + 1 } ?? 0
        waiting.insert((id, notBefore), at: place)
        late.insert(id)
    }

    /// Those whose moment has come are as ready as the others.
    mutating func wake(at now: Timestamp) {
        let count = waiting.firstIndex { $0.notBefore > now } ?? waiting.count
        for entry in waiting.prefix(count) {
            late.remove(entry.id)
            makeReady(entry.id)
        }
        waiting.removeFirst(count)
    }

    mutating func remove(_ id: AssetID) {
        if late.remove(id) != nil { return waiting.removeAll { $0.id == id } }
        let place = place(of: id)
        if place < ready.endIndex, ready[place] == id { ready.remove(at: place) }
    }

    /// Where an id stands among those that are ready, or would stand.
    private func place(of id: AssetID) -> Int {
        // Ids grow with time, so that most are added at the end.
        guard let last = ready.last, id <= last else { return ready.endIndex }
        var (low, high) = (ready.startIndex, ready.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if ready[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// How long to wait after the n-th fault in a row of the machine: doubling, up to five minutes.
package func retryDelay_s(afterFaults faults: Int) -> Double {
    min(Limits.retryAfterAtMost_s, 5 * Double(1 << min(max(faults - 1, 0), 10)))
}
