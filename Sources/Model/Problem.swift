/// Every way a file can be refused or a job can fail. The codes are stable: scripts and notes rely on them.
package enum Problem: String, CaseIterable, Codable, Sendable {
    // What the file is.
    case empty
    case tooLarge = "too-large"
    case notMedia = "not-media"
    case truncated
    case corrupt
    case unsupportedCodec = "unsupported-codec"
    case noPicture = "no-picture"
    case tooManyPixels = "too-many-pixels"
    case tooLong = "too-long"
    case drm
    case unreadable
    case quota
    // What happened to the job.
    case stalled
    case crashed
    // What the machine lacks.
    case diskFull = "disk-full"
    case ioError = "io-error"
    case libraryMissing = "library-missing"
}

extension Problem {
    package enum Class: Sendable {
        /// The file itself: no blind retry, it is handed back.
        case content
        /// The worker ended badly: tried again a few times, then handed back.
        case accident
        /// The machine: the asset waits and is never blamed.
        case environment
    }

    package var `class`: Class {
        switch self {
        case .empty, .tooLarge, .notMedia, .truncated, .corrupt, .unsupportedCodec, .noPicture, .tooManyPixels,
            .tooLong, .drm, .unreadable, .quota:
            .content
        case .stalled, .crashed: .accident
        case .diskFull, .ioError, .libraryMissing: .environment
        }
    }

    /// What is wrong, in one plain sentence.
    package var sentence: String {
        switch self {
        case .empty: "This file is empty: it holds no picture and no sound."
        case .tooLarge: "This file is larger than the archive accepts."
        case .notMedia: "This is neither a video nor a photo."
        case .truncated: "The end of this file is missing: the copy was cut short."
        case .corrupt: "This file is damaged and cannot be shown."
        case .unsupportedCodec: "This kind of file cannot be read here."
        case .noPicture: "This file has sound but no moving picture."
        case .tooManyPixels: "The picture in this file is larger than the archive accepts."
        case .tooLong: "This video is longer than the archive accepts."
        case .drm: "This video is locked by copy protection."
        case .unreadable: "This file cannot be opened: its permissions do not allow it."
        case .quota: "This collection has used up the space it was given."
        case .stalled: "Converting this file stopped making progress."
        case .crashed: "Converting this file failed unexpectedly."
        case .diskFull: "The archive's disk is full."
        case .ioError: "The archive's disk reported an error."
        case .libraryMissing: "The archive's folder is missing: perhaps its disk is not connected."
        }
    }

    /// What to do next, in plain words.
    package var remedy: String {
        switch self {
        case .empty, .truncated:
            "Copy the file again from the phone or camera, and wait until the copy has finished."
        case .tooLarge:
            "Make a smaller version, of a video perhaps a shorter one, and drop that instead."
        case .tooManyPixels:
            "Make a smaller version and drop that instead."
        case .tooLong:
            "Make a shorter version and drop that instead."
        case .notMedia:
            "If it should be one, open it on the device it came from and export it again. Otherwise keep it somewhere else."
        case .corrupt:
            "See whether it can still be opened on the device it came from, and copy it again from there."
        case .unsupportedCodec:
            "Export a video as MP4, a photo as JPEG, on the device or in the program it came from, and drop that instead. Otherwise keep it somewhere else."
        case .noPicture:
            "If it should show a picture, copy it again from the device it came from. Sound alone is better kept somewhere else."
        case .drm:
            "Ask whoever made it for a copy without protection."
        case .unreadable:
            "Ask whoever looks after this machine to let flipd read it and take it away."
        case .quota:
            "Ask whoever looks after this machine for more space, then move the file back into its folder."
        case .stalled, .crashed:
            "Move the file back into its folder to try once more. If it comes back again, please send it to whoever looks after this machine."
        case .diskFull:
            "Free some space. Waiting files then go on by themselves."
        case .ioError:
            "Check the disk and its cable. Waiting files go on by themselves when the disk answers again."
        case .libraryMissing:
            "Connect the disk. Everything then goes on by itself."
        }
    }
}

/// A problem, with what is known about this one: "No picture could be decoded in 3 s of video."
package struct Refusal: Error, Hashable, Codable, Sendable {
    package let problem: Problem
    package let detail: String?

    package init(_ problem: Problem, _ detail: String? = nil) {
        self.problem = problem
        self.detail = detail
    }

    /// The sentence people read.
    package var text: String {
        if let detail { "\(problem.sentence) \(detail)" } else { problem.sentence }
    }
}
