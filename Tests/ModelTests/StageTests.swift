// Every stage meets every happening. What is written here is docs/stages.md, not the code's own table.
import Model
import Testing

private let problem = Refusal(.corrupt)

private enum Met: CaseIterable {
    case jobStarted, previewDone, allDone, refused, accident, fault, interrupted, twinPublished, twinHandedBack

    var happening: Happening {
        switch self {
        case .jobStarted: .jobStarted
        case .previewDone: .previewDone
        case .allDone: .allDone
        case .refused: .refused(problem)
        case .accident: .accident(Refusal(.crashed))
        case .fault: .fault(Refusal(.diskFull))
        case .interrupted: .interrupted
        case .twinPublished: .twinPublished
        case .twinHandedBack: .twinHandedBack(problem)
        }
    }
}

private struct Pair: Hashable {
    let stage: Stage
    let met: Met
    init(_ stage: Stage, _ met: Met) { (self.stage, self.met) = (stage, met) }
}

/// Where each legal pair leads with no attempt counted so far.
private let table: [Pair: (stage: Stage, attempts: Int, effect: Effect)] = [
    Pair(.taken, .jobStarted): (.previewing, 0, .none),
    Pair(.taken, .refused): (.taken, 0, .handBack(problem)),
    Pair(.taken, .fault): (.taken, 0, .wait(Refusal(.diskFull))),
    Pair(.previewing, .previewDone): (.previewed, 0, .none),
    Pair(.previewing, .allDone): (.previewing, 0, .publish),
    Pair(.previewing, .refused): (.previewing, 0, .handBack(problem)),
    Pair(.previewing, .accident): (.taken, 1, .none),
    Pair(.previewing, .fault): (.taken, 0, .wait(Refusal(.diskFull))),
    Pair(.previewing, .interrupted): (.taken, 0, .none),
    Pair(.previewed, .jobStarted): (.transcoding, 0, .none),
    Pair(.previewed, .fault): (.previewed, 0, .wait(Refusal(.diskFull))),
    Pair(.transcoding, .allDone): (.transcoding, 0, .publish),
    Pair(.transcoding, .refused): (.transcoding, 0, .handBack(problem)),
    Pair(.transcoding, .accident): (.previewed, 1, .none),
    Pair(.transcoding, .fault): (.previewed, 0, .wait(Refusal(.diskFull))),
    Pair(.transcoding, .interrupted): (.previewed, 0, .none),
    Pair(.awaitingTwin, .twinPublished): (.awaitingTwin, 0, .discardTwin),
    Pair(.awaitingTwin, .twinHandedBack): (.awaitingTwin, 0, .handBack(problem)),
]

@Suite struct StageTests {
    @Test(arguments: Stage.allCases)
    func everyPairLeadsWhereTheDesignSays(_ stage: Stage) {
        for met in Met.allCases {
            let step = stage.after(met.happening, attempts: 0)
            let wanted = table[Pair(stage, met)]
            #expect(step?.stage == wanted?.stage, "\(stage) \(met)")
            #expect(step?.attempts == wanted?.attempts, "\(stage) \(met)")
            #expect(step?.effect == wanted?.effect, "\(stage) \(met)")
        }
    }

    @Test(arguments: [Stage.previewing, .transcoding])
    func theLastAccidentHandsBack(_ stage: Stage) throws {
        let crash = Refusal(.crashed)
        let last = try #require(stage.after(.accident(crash), attempts: Limits.attempts - 1))
        #expect(last.effect == .handBack(crash))
        #expect(last.attempts == Limits.attempts)
        let before = try #require(stage.after(.accident(crash), attempts: Limits.attempts - 2))
        #expect(before.effect == Effect.none && before.stage != stage)
    }

    @Test func attemptsOfThePreviewAreForgottenForTheTranscode() throws {
        let step = try #require(Stage.previewing.after(.previewDone, attempts: 2))
        #expect(step.stage == .previewed && step.attempts == 0)
    }

    @Test func noFaultAndNoInterruptionCountsAsAnAttempt() throws {
        for stage in [Stage.previewing, .transcoding] {
            #expect(stage.after(.interrupted, attempts: 1)?.attempts == 1)
            #expect(stage.after(.fault(Refusal(.ioError)), attempts: 1)?.attempts == 1)
        }
    }

    @Test func randomWalksEndOrWaitInALegalStage() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var (stage, attempts, isOver) = (
                Bool.random(using: &random) ? Stage.taken : .awaitingTwin, 0, false
            )
            for _ in 0..<60 where !isOver {
                let met = try #require(Met.allCases.randomElement(using: &random))
                guard let step = stage.after(met.happening, attempts: attempts) else { continue }
                #expect(step.attempts <= Limits.attempts)
                (stage, attempts) = (step.stage, step.attempts)
                #expect(!stage.isFinal)
                switch step.effect {
                case .none, .wait: break
                case .publish, .handBack, .discardTwin: isOver = true
                }
            }
            if !isOver { #expect([.pending, .processing].contains(stage.state)) }
        }
    }

    @Test func faultsAloneNeverHandBack() throws {
        var stage = Stage.taken
        for _ in 0..<100 {
            stage = try #require(stage.after(.jobStarted, attempts: 0)).stage
            let step = try #require(stage.after(.fault(Refusal(.ioError)), attempts: 0))
            #expect(step.effect == .wait(Refusal(.ioError)))
            stage = step.stage
        }
    }

    @Test func everyStageHasAStateAndItsWordIsStable() {
        #expect(
            Stage.allCases.map(\.rawValue) == [
                "taken", "previewing", "previewed", "transcoding", "awaiting-twin", "published", "handed-back",
                "duplicate", "deleted", "purged",
            ])
        #expect(Stage.allCases.filter(\.isFinal) == [.published, .handedBack, .duplicate, .deleted, .purged])
        #expect(State.pending.stages == [.taken, .previewed, .awaitingTwin])
        #expect(State.processing.stages == [.previewing, .transcoding])
        #expect(State.deleted.stages == [.deleted] && State.purged.stages == [.purged])
    }
}

@Suite struct ProblemTests {
    @Test func codesAreTheStableOnes() {
        #expect(
            Problem.allCases.map(\.rawValue) == [
                "empty", "too-large", "not-media", "truncated", "corrupt", "unsupported-codec", "no-picture",
                "too-many-pixels", "too-long", "drm", "unreadable", "quota", "stalled", "crashed", "disk-full",
                "io-error", "library-missing",
            ])
    }

    @Test(arguments: Problem.allCases)
    func eachIsToldInPlainSentences(_ problem: Problem) {
        for text in [problem.sentence, problem.remedy] {
            #expect(text.hasSuffix(".") && text.first?.isUppercase == true && text.count > 20)
            let jargon = [
                "codec", "errno", "container", "stream", "libav", "ffmpeg", "h.264", "process", "signal",
                "null",
                "exception", "bitrate", "mux", "inode", "/",
            ]
            for word in jargon { #expect(!text.lowercased().contains(word), "\(problem): \(word)") }
        }
        #expect(!problem.sentence.dropLast().contains("."), "one sentence")
    }

    @Test func aRefusalAddsWhatIsKnownOfThisOne() {
        #expect(Refusal(.empty).text == Problem.empty.sentence)
        #expect(Refusal(.corrupt, "Details.").text == "\(Problem.corrupt.sentence) Details.")
    }

    @Test func onlyTheMachinesFaultsWait() {
        #expect(Problem.allCases.filter { $0.class == .environment } == [.diskFull, .ioError, .libraryMissing])
        #expect(Problem.allCases.filter { $0.class == .accident } == [.stalled, .crashed])
    }
}
