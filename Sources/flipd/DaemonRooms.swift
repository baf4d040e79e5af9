// The rooms of the house as the configuration wants them, and the library that belongs to the ledger.
import Ingest
import Ledger
import Library
import Model
import Platform
import Workshop

extension Daemon {
    static func makePipeline(
        _ configuration: Configuration, _ keeper: Keeper, _ layout: Layout, _ verification: Verification
    ) throws -> Pipeline {
        let inbox = try Inbox(
            folder: configuration.incoming,
            rules: Settling.Rules(
                settle_s: configuration.settle_s, emptyAfter_s: configuration.emptyAfter_s,
                patience_s: configuration.patience_s),
            rescan_s: configuration.rescan_s, ignored: Ignored(patterns: configuration.ignore))
        let workshop = Workshop(program: try Folders.worker(), rules: configuration.workshopRules)
        return Pipeline(
            inbox: inbox, workshop: workshop, keeper: keeper,
            reading: try makeReading(configuration, layout),
            publishing: try makeReading(configuration, layout), layout: layout, verification: verification)
    }

    static func makeReading(_ configuration: Configuration, _ layout: Layout) throws -> Reading {
        Reading(
            layout: layout, incoming: configuration.incoming, limits: configuration.sizeLimits,
            thread: try WorkThread())
    }

    /// The id of the library that the ledger belongs to; nil when the ledger is empty beside a library that is not.
    nonisolated static func library(of ledger: Ledger, _ layout: Layout) throws -> String? {
        if let known = try ledger.library { return known }
        if let found = try Marker.read(layout) {
            // One that was made just before a crash, and holds nothing yet, may be begun.
            guard try Marker.isUntouched(layout) else { return nil }
            try ledger.begin(library: found)
            return found
        }
        guard try Marker.isFree(layout) else {
            throw CannotStart(
                text:
                    "The folder \(layout.root.text) is not empty and is no flipd archive. Name an empty folder as Library, or connect the right disk."
            )
        }
        var maker = AssetID.Maker()
        let id = maker.next(at: Clock.now()).description
        try Marker.make(layout, id: id)
        try ledger.begin(library: id)
        return id
    }
}

extension Configuration {
    var sizeLimits: SizeLimits {
        SizeLimits(video_bytes: maxVideo_bytes, photo_bytes: maxPhoto_bytes)
    }

    var workshopRules: Workshop.Rules {
        Workshop.Rules(
            jobs: jobs, photos: min(Limits.photosAtOnce, Processors.count), threads: threads, stall_s: stall_s,
            memory_bytes: memory_bytes, launch: launch,
            recipe: recipe, photoRecipe: photoRecipe)
    }
}
