internal import CLibAV
internal import Glibc
package import Model

/// Prepares the libraries. Done once, before the process locks itself in: some of them read files of their own.
package func prepare() throws(Refusal) {
    LastLine.keep()
    try Stills.start()
}

/// Looks at an original and makes its poster and thumb in the staging folder.
///
/// Throws the refusal that people will read: what the file is, what it lacks, or what the machine lacks.
package func preview(
    job: Job, report: @escaping (WorkerLine) -> Void
) throws(Refusal) -> (Media, [MadeFile]) {
    try withOriginal(job) { (file) throws(Refusal) in
        let meter = Meter(.preview, report)
        let probe = try Prober.probe(file)
        let plan = try Plan(for: probe, recipe: job.recipe)
        meter.tell(0.3)
        let best = try PosterSearch.best(in: file, plan: plan, threads: job.threads)
        meter.tell(0.7)
        let picture = try poster(of: best, plan: plan.picture, threads: job.threads)
        let name = { (role: Rendition.Role) in job.staging / role.file(of: job.id, kind: .video) }
        let sizes = try Stills.write(picture, poster: name(.poster), thumb: name(.thumb))
        let files = [
            MadeFile(role: .poster, width: sizes.poster.width, height: sizes.poster.height),
            MadeFile(role: .thumb, width: sizes.thumb.width, height: sizes.thumb.height),
        ]
        return (Media(of: probe, plan: plan), files)
    }
}

/// Makes the video that will be published, and verifies it by reading it back.
package func transcode(
    job: Job, report: @escaping (WorkerLine) -> Void
) throws(Refusal) -> (Media, [MadeFile]) {
    try withOriginal(job) { (file) throws(Refusal) in
        let meter = Meter(.transcode, report)
        let probe = try Prober.probe(file)
        let plan = try Plan(for: probe, recipe: job.recipe)
        let path = job.staging / Rendition.Role.main.file(of: job.id, kind: .video)
        let outcome = try convert(file, to: path, plan, threads: job.threads, meter)
        var media = Media(of: probe, plan: plan)
        media.remarks += try outcome.remarks(for: probe, plan: plan)
        media.duration = outcome.duration
        try Verify.check(path, plan: plan, lasting: outcome.duration, meter: Meter(.verify, report))
        return (media, [MadeFile(role: .main, width: plan.picture.width, height: plan.picture.height)])
    }
}

/// Opens the original for `work`. Where its disk failed meanwhile, whatever came of the work is void: no file
/// is blamed, and none is published, for what could not be read of it.
private func withOriginal<Made>(
    _ job: Job, _ work: (FileIO) throws(Refusal) -> Made
) throws(Refusal) -> Made {
    let file = try FileIO.reading(job.original)
    let made: Made
    do throws(Refusal) {
        made = try work(file)
    } catch {
        throw file.hasFailed ? Refusal(.ioError) : error
    }
    if file.hasFailed { throw Refusal(.ioError) }
    return made
}

private func poster(of best: Frame, plan: PicturePlan, threads: Int) throws(Refusal) -> Frame {
    do throws(AVFailure) {
        let small = try filtered(best, plan.filters(fitting: 1280), threads: threads)
        let mapped = try ColourMapper(plan.colour)?.map(small) ?? small
        return try filtered(mapped, PicturePlan.stillFilters, threads: threads)
    } catch {
        throw error.refusal(else: .corrupt)
    }
}

private func filtered(_ picture: Frame, _ filters: String, threads: Int) throws(AVFailure) -> Frame {
    let graph = try FilterGraph(
        filters, for: FilterGraph.Input(picture, shape: Ratio(1, 1)), timeBase: Encoder.pictureTicks,
        threads: threads)
    let made = try Frame()
    var result: Frame?
    picture.pointer.pointee.pts = 0
    for input in [picture, nil] {
        try graph.filter(input, into: made) { (frame) throws(AVFailure) in
            if result == nil { result = try frame.shared() }
        }
    }
    return try given(result, "drawing the poster")
}

private func convert(
    _ original: FileIO, to path: Path, _ plan: Plan, threads: Int, _ meter: Meter
) throws(Refusal) -> Pump.Outcome {
    let demuxer = try Demuxer.open(original)
    let result = try FileIO.creating(path)
    do throws(AVFailure) {
        let pump = try Pump(plan, from: demuxer, into: result, threads: threads)
        let expected = plan.duration ?? 0
        return try pump.run { done in meter.tell(expected > 0 ? done / expected : 0) }
    } catch {
        throw error.refusal(else: .corrupt)
    }
}

extension Pump.Outcome {
    /// What people should know of what could not be read; throws where that is the greater part.
    func remarks(for probe: Probe, plan: Plan) throws(Refusal) -> [String] {
        guard pictures > 0 else { throw Refusal(probe.endsEarly ? .truncated : .corrupt) }
        let expected = plan.duration ?? duration
        let missing = expected - picturesEnd
        // A container that lists every picture is believed even where reading ended without a complaint.
        let isShort = probe.knowsItsLength && missing > max(1, expected * 0.05)
        let isHurt = brokeOff || probe.endsEarly || damage > 0 || isShort
        if isHurt, missing > expected / 2 {
            // Where what there is plays, the rest is not damaged but gone.
            throw Refusal(damage > 0.5 ? .corrupt : .truncated, "Less than half of it could be read.")
        }
        if damage > 0.1 { throw Refusal(.corrupt, "Many of its pictures are damaged.") }
        var remarks: [String] = []
        if isHurt, missing > max(0.5, expected * 0.01) {
            let seconds = max(1, Int(missing.rounded()))
            remarks.append("The last \(seconds == 1 ? "second" : "\(seconds) seconds") could not be read.")
        }
        if damage > 0 { remarks.append("Some of its pictures are damaged.") }
        return remarks
    }
}
