// Workers that are a few lines of shell, under the loop of a process of their own.
import Glibc
import Model
import Platform
import Scratch
import Synchronization
import Testing
import Workshop

/// A worker's end, as one word.
private func word(_ verdict: Verdict) -> String {
    switch verdict {
    case .done(let media, let files, let madeWith):
        "done \(media.width)x\(media.height) \(files.count) \(madeWith["flipd"] ?? "-")"
    case .refused(let refusal): "refused \(refusal.problem.rawValue)"
    case .accident(let refusal): "accident \(refusal.problem.rawValue)"
    case .fault(let refusal): "fault \(refusal.problem.rawValue)"
    case .interrupted: "interrupted"
    }
}

@Loop private var ended: [String] = []
@Loop private var fractions: [Double] = []

/// Runs one worker, made of `script`, and ends this process with 0 if it ended as wanted.
private func expect(
    _ wanted: String, from script: String, stall_s: Double = 30, fractions wantedFractions: [Double]? = nil,
    interruptedAt: Double? = nil, line: JobLine = .transcodes
) {
    Signals.prepare()
    _ = Loop.executor
    Loop.task {
        guard let scratch = try? Scratch(), let program = try? scratch.file("worker", "#!/bin/sh\n\(script)\n"),
            (try? Files.setMode(program, 0o755)) != nil
        else { return Loop.executor.exit(3) }
        let workshop = Workshop(
            program: program,
            rules: Workshop.Rules(
                jobs: 1, photos: 2, threads: 3, stall_s: stall_s, memory_bytes: 1 << 30, launch: [],
                recipe: Recipe()))
        workshop.onEnd = { ended.append(word($0.verdict)) }
        workshop.onProgress = { worker in
            fractions.append(worker.progress.fraction)
            if let at = interruptedAt, worker.progress.fraction >= at { workshop.interruptAll() }
        }
        let id = makeID()
        do {
            try workshop.start(
                line, of: id, original: Path("/dev/null"), staging: scratch.path, attempts: 0)
        } catch { return Loop.executor.exit(4) }
        // One of two photos leaves room for one more, and none for two.
        let isRight =
            line == .photos
            ? workshop.hasRoom(in: .photos, beside: 0) && !workshop.hasRoom(in: .photos, beside: 1)
            : !workshop.hasRoom(in: line)
        guard isRight, JobLine.allCases.allSatisfy({ $0 == line || workshop.hasRoom(in: $0) }) else {
            return Loop.executor.exit(5)
        }
        while !workshop.running.isEmpty { await Loop.sleep(seconds: 0.01) }
        let isWanted = ended == [wanted] && (wantedFractions.map { $0 == fractions } ?? true)
        if !isWanted { writeAll(Array("\(ended) \(fractions)\n".utf8), to: 2) }
        Loop.executor.exit(isWanted ? 0 : 1)
    }
    exit(Loop.executor.run())
}

private let hello = #"echo '{"hello":{"protocol":3,"madeWith":{"flipd":"1"},"lacks":[]}}'"#
private let done = """
    echo '{"done":{"media":{"kind":"video","duration":1,"width":2,"height":3,"remarks":[]},\
    "files":[{"role":"main","width":2,"height":3}]}}'
    """

private func progress(_ fraction: Double) -> String {
    #"echo '{"progress":{"stage":"transcode","fraction":\#(fraction)}}'"#
}

@Suite struct WorkerTests {
    @Test func whatItMadeIsTold() async {
        await #expect(processExitsWith: .success) {
            expect(
                "done 2x3 1 1", from: "read job; \(hello); \(progress(0.25)); \(progress(7)); \(done)",
                fractions: [0.25, 1])
        }
    }

    @Test func itIsToldItsJobInOneLine() async {
        await #expect(processExitsWith: .success) {
            expect(
                "done 2x3 1 1",
                from: """
                    read -r job; \(hello)
                    case "$job" in
                    *'"kind":"transcode"'*'"original":"/dev/null"'*'"protocol":3'*) \(done);;
                    esac
                    """)
        }
    }

    @Test(arguments: [(JobLine.photos, 1), (.previews, 3), (.transcodes, 3)])
    func aPhotoIsMadeByOneThread(_ line: JobLine, _ threads: Int) async {
        await #expect(processExitsWith: .success) { [name = "\(line)", threads] in
            let line = JobLine.allCases.first { "\($0)" == name } ?? .transcodes
            expect(
                "done 2x3 1 1",
                from: "read -r job; \(hello); case \"$job\" in *'\"threads\":\(threads)'*) \(done);; esac",
                line: line)
        }
    }

    @Test(arguments: [
        ("not-media", "refused not-media"), ("crashed", "accident crashed"), ("disk-full", "fault disk-full"),
    ])
    func aRefusalIsJudgedByItsProblem(_ code: String, _ wanted: String) async {
        await #expect(processExitsWith: .success) { [code, wanted] in
            expect(wanted, from: #"echo '{"refused":{"_0":{"problem":"\#(code)"}}}'"#)
        }
    }

    @Test(arguments: [
        ("exit 0", "accident crashed"), ("exit 7", "accident crashed"), ("kill -SEGV $$", "accident crashed"),
        ("kill -TERM $$", "fault crashed"), ("exit 2", "fault crashed"),
        ("printf '{\"done\":'; exit 0", "accident crashed"),
        ("echo garbage; echo; echo '{}'", "accident crashed"),
    ])
    func anEndWithoutAnAnswerIsJudgedByHowItCame(_ script: String, _ wanted: String) async {
        await #expect(processExitsWith: .success) { [script, wanted] in expect(wanted, from: script) }
    }

    @Test func aLineWithoutEndIsAnAccident() async {
        await #expect(processExitsWith: .success) {
            expect("accident crashed", from: "while :; do printf '%65536s' x; done")
        }
    }

    @Test func standingStillIsAStallHoweverManyLinesSayOtherwise() async {
        await #expect(processExitsWith: .success) {
            expect(
                "accident stalled", from: "\(hello); while :; do \(progress(0.5)); sleep 0.05; done",
                stall_s: 0.4)
        }
    }

    @Test func aWorkerThatIsInterruptedWasInterrupted() async {
        await #expect(processExitsWith: .success) {
            expect("interrupted", from: "\(hello); \(progress(0.5)); exec sleep 1000", interruptedAt: 0.5)
        }
    }

    @Test func aWorkerThatWillNotEndIsKilledWithItsChildren() async {
        await #expect(processExitsWith: .success) {
            expect(
                "interrupted",
                from: "trap '' TERM; \(hello); \(progress(0.5)); while :; do sleep 0.2; done",
                interruptedAt: 0.5)
        }
    }

    @Test func whatItAnsweredBeforeCrashingIsNoAnswerWhenWeEndedIt() async {
        await #expect(processExitsWith: .success) {
            expect("interrupted", from: "\(done); \(progress(0.5)); exec sleep 1000", interruptedAt: 0.5)
        }
    }
}
