// Which job next. Pure: the oldest that may begin, previews and transcodes each in a line of their own, so that no
// long transcode keeps a preview waiting.
package import Model

package struct JobQueue: Sendable {
    private struct Entry {
        let id: AssetID
        let notBefore: Timestamp
    }

    private var lines: [JobKind: [Entry]] = [:]

    package init() {}

    /// Puts an asset in line; one that is there already only changes when it may begin.
    package mutating func add(_ id: AssetID, _ kind: JobKind, notBefore: Timestamp = Timestamp(milliseconds: 0))
    {
        var line = lines[kind] ?? []
        lines[kind] = nil  // So that the line is changed in place, not copied.
        let place = Self.place(of: id, in: line)
        let entry = Entry(id: id, notBefore: notBefore)
        if place < line.count, line[place].id == id {
            line[place] = entry
        } else {
            line.insert(entry, at: place)
        }
        lines[kind] = line
    }

    /// Where an id stands, or would stand.
    private static func place(of id: AssetID, in line: [Entry]) -> Int {
        // Ids grow with time, so that most are added at the end.
        guard let last = line.last, id <= last.id else { return line.count }
        var (low, high) = (0, line.count)
        while low < high {
            let middle = (low + high) / 2
            if line[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Takes the oldest that may begin.
    package mutating func next(_ kind: JobKind, at now: Timestamp) -> AssetID? {
        guard let index = lines[kind]?.firstIndex(where: { $0.notBefore <= now }) else { return nil }
        return lines[kind]?.remove(at: index).id
    }

    package mutating func remove(_ id: AssetID) {
        for kind in JobKind.allCases { lines[kind]?.removeAll { $0.id == id } }
    }

    package func count(_ kind: JobKind) -> Int { lines[kind]?.count ?? 0 }

    /// When the next one that has to wait may begin.
    package func nextDue(after now: Timestamp) -> Timestamp? {
        lines.values.joined().map(\.notBefore).filter { $0 > now }.min()
    }
}

/// How long to wait after the n-th fault in a row of the machine: doubling, up to five minutes.
package func retryDelay_s(afterFaults faults: Int) -> Double {
    min(Limits.retryAfterAtMost_s, 5 * Double(1 << min(max(faults - 1, 0), 10)))
}
