// Where a job waits for its turn. Pure.
package import Model

/// Each line has slots of its own, so that none keeps another waiting.
package enum JobLine: CaseIterable, Sendable {
    /// What may be a video: a look at it, its poster and thumb.
    case previews
    /// What has the name of a photo.
    case photos
    case transcodes

    /// The line of a job for this file. Only by its name: a photo under a video's name waits among the previews, and the other
    /// way round, and comes out the same.
    package init(_ kind: JobKind, of source: Source) {
        self =
            switch kind {
            case .preview: source.looksLikePhoto ? .photos : .previews
            case .transcode: .transcodes
            }
    }

    package var kind: JobKind {
        switch self {
        case .previews, .photos: .preview
        case .transcodes: .transcode
        }
    }
}
