/// What flipd and a worker say to each other: one line of JSON in, lines of JSON out.
package enum JobKind: String, CaseIterable, Codable, Sendable {
    /// Look at the original; make poster and thumb, and of a photo all that will be published.
    case preview
    /// Make the main rendition and verify it by reading it back.
    case transcode
}

/// What a running job is doing, as the status shows it.
package enum JobStage: String, CaseIterable, Codable, Sendable {
    case preview, transcode, verify
}

/// What a worker is asked to do. It reads `original`, writes into `staging`, and touches nothing else.
package struct Job: Codable, Sendable {
    /// Raised whenever a line changes its meaning; worker and daemon must agree.
    package static let currentProtocol = 3

    package var `protocol`: Int
    package var id: AssetID
    package var kind: JobKind
    package var original: Path
    package var staging: Path
    package var recipe: Recipe
    package var photoRecipe: PhotoRecipe
    /// How many threads the worker may use; 0 lets it decide by the machine.
    package var threads: Int
    /// The most memory the worker may use for its work.
    package var memory_bytes: Int64

    package init(
        id: AssetID, kind: JobKind, original: Path, staging: Path, recipe: Recipe,
        photoRecipe: PhotoRecipe, threads: Int, memory_bytes: Int64
    ) {
        self.protocol = Self.currentProtocol
        self.id = id
        self.kind = kind
        self.original = original
        self.staging = staging
        self.recipe = recipe
        self.photoRecipe = photoRecipe
        self.threads = threads
        self.memory_bytes = memory_bytes
    }
}

/// How videos are made: the `[Video]` part of the configuration.
package struct Recipe: Hashable, Codable, Sendable {
    package var longSide: Int
    package var quality: Int
    package var preset: String
    package var audioBitrate: Int
    /// Pictures beyond this many a second are left out.
    package var maxFrameRate: Int
    /// What plays everywhere as it is, is copied.
    package var copyWhenPlayable: Bool
    /// What plays longer than this is refused.
    package var maxDuration_s: Double

    /// Made for what cameras and phones record; and what was usual before.
    package static let (usualPreset, seedPreset) = ("camera", "seed")
    /// The other ones are x264's own.
    package static let presets = [
        usualPreset, seedPreset, "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow",
        "slower", "veryslow",
    ]

    package init(
        longSide: Int = 2400, quality: Int = 23, preset: String = Recipe.usualPreset,
        audioBitrate: Int = 128_000,
        maxFrameRate: Int = 60, copyWhenPlayable: Bool = true, maxDuration_s: Double = 6 * 3600
    ) {
        self.longSide = longSide
        self.quality = quality
        self.preset = preset
        self.audioBitrate = audioBitrate
        self.maxFrameRate = maxFrameRate
        self.copyWhenPlayable = copyWhenPlayable
        self.maxDuration_s = maxDuration_s
    }
}

/// How photos are made: the `[Photo]` part of the configuration.
package struct PhotoRecipe: Hashable, Codable, Sendable {
    /// A photo is fitted into it whole, and never enlarged.
    package struct Box: Hashable, Codable, Sendable {
        package var width: Int
        package var height: Int

        package init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    package var longSide: Int
    package var quality: Int
    /// Of different widths, which give them their names.
    package var sizes: [Box]
    /// What has more is refused.
    package var maxPixels: Int64

    package static let usualSizes = [
        Box(width: 150, height: 150), Box(width: 300, height: 300), Box(width: 800, height: 600),
    ]

    package init(
        longSide: Int = 2400, quality: Int = 85, sizes: [Box] = usualSizes, maxPixels: Int64 = 300_000_000
    ) {
        self.longSide = longSide
        self.quality = quality
        self.sizes = sizes
        self.maxPixels = maxPixels
    }
}

/// One line of a worker.
package enum WorkerLine: Codable, Sendable {
    /// The first line: the worker is in its sandbox and begins. `lacks` names what the kernel could not give.
    case hello(protocol: Int, madeWith: [String: String], lacks: [String])
    /// At least once a second while there is progress.
    case progress(stage: JobStage, fraction: Double, eta: Double?)
    /// The last line: what was made, in the staging folder.
    case done(media: Media, files: [MadeFile])
    /// The last line: the file or the machine does not allow it.
    case refused(Refusal)
}

/// A file that a worker made. Its size and hash are taken by flipd, which does not rely on the worker's word.
package struct MadeFile: Codable, Hashable, Sendable {
    package var role: Rendition.Role
    package var width: Int
    package var height: Int

    package init(role: Rendition.Role, width: Int, height: Int) {
        self.role = role
        self.width = width
        self.height = height
    }
}
