internal import Glibc
package import Model

/// What a file says of its own making: when, by what.
extension Media {
    /// Of the video that will be published after `plan`.
    package init(of probe: Probe, plan: Plan) {
        self.init(of: probe, plan: plan, at: Timestamp(milliseconds: Int64(time(nil)) * 1000))
    }

    /// No recording was made after `now`.
    package init(of probe: Probe, plan: Plan, at now: Timestamp) {
        let tags = Tags(probe.tags)
        let captured = CaptureTime(tags, now: now)
        self.init(
            kind: .video, duration: plan.duration, width: plan.picture.width, height: plan.picture.height,
            capturedAt: captured?.at, capturedAtOffset: captured?.offset, capturedAtSource: captured?.source,
            contentIdentifier: tags["com.apple.quicktime.content.identifier"],
            device: DeviceName.found(in: tags), remarks: plan.remarks)
    }
}
