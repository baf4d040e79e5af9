/// How long workers took since flipd started, by kind of job: a histogram as Prometheus has it.
package struct JobTimes: Sendable {
    package struct Times: Sendable {
        /// How many took at most so long, in the order of `bounds_s`.
        package fileprivate(set) var counts = [Int](repeating: 0, count: bounds_s.count)
        package fileprivate(set) var count = 0
        package fileprivate(set) var sum_s = 0.0
    }

    package static let bounds_s = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]

    private var times: [JobKind: Times] = [:]

    package init() {}

    package subscript(kind: JobKind) -> Times { times[kind] ?? Times() }

    package mutating func add(_ kind: JobKind, seconds: Double) {
        var times = self[kind]
        times.count += 1
        times.sum_s += seconds
        for (place, bound_s) in Self.bounds_s.enumerated() where seconds <= bound_s { times.counts[place] += 1 }
        self.times[kind] = times
    }
}
