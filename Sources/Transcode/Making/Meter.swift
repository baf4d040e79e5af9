internal import Model

/// Tells how far a job is, often enough to show that it lives and seldom enough to cost nothing.
final class Meter {
    private let stage: JobStage
    private let report: (WorkerLine) -> Void
    private let began = ContinuousClock.now
    private var told: ContinuousClock.Instant?

    init(_ stage: JobStage, _ report: @escaping (WorkerLine) -> Void) {
        self.stage = stage
        self.report = report
        tell(0)
    }

    func tell(_ fraction: Double) {
        let now = ContinuousClock.now
        if let told, now - told < .milliseconds(500) { return }
        told = now
        let fraction = min(max(fraction, 0), 1)
        let elapsed = (now - began) / .seconds(1)
        // Before this the guess would jump about.
        let eta = fraction > 0.02 && elapsed > 1 ? elapsed / fraction * (1 - fraction) : nil
        report(.progress(stage: stage, fraction: fraction, eta: eta))
    }
}
