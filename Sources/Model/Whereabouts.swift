/// Where a dropped file is, in words that go on from its name: "IMG_1.MOV" – "already here since 3 November".
package struct Whereabouts: Hashable, Sendable {
    package enum Answer: String, CaseIterable, Codable, Sendable {
        case published
        case alreadyHere = "already-here"
        case waiting
        case needsYou = "needs-you"
        case inTheTrash = "in-the-trash"
        case gone
    }

    package let answer: Answer
    package let text: String

    private init(_ answer: Answer, _ text: String) { (self.answer, self.text) = (answer, text) }
}

// MARK: Not taken yet

extension Whereabouts {
    /// What keeps a file of the drop folder from being taken.
    package enum Holdup: Hashable, Sendable {
        /// Something happened to it a moment ago, or somebody has it open for writing.
        case copying
        case empty
        /// It looks as if its end were still to come.
        case unfinished
        /// Nothing any more.
        case none
        /// The archive's disk has no room for it.
        case room
        /// The archive cannot take anything, for this reason.
        case machine(String)
        case unreadable
    }

    package init(notTaken holdup: Holdup) {
        self =
            switch holdup {
            case .copying: Self(.waiting, "waiting, still being copied")
            case .empty: Self(.waiting, "waiting, still empty")
            case .unfinished: Self(.waiting, "waiting, until its copy is surely finished")
            case .none: Self(.waiting, "waiting, to be taken in a moment")
            case .room: Self(.waiting, "waiting, for room on the archive's disk")
            case .machine(let reason): Self(.waiting, "waiting: \(reason)")
            case .unreadable: Self(.needsYou, Self.needsYou(Refusal(.unreadable)))
            }
    }

    private static func needsYou(_ refusal: Refusal) -> String { "needs you: \(refusal.advice)" }
}

extension Refusal {
    /// What is wrong and what to do, as the note beside a file says it.
    package var advice: String { "\(text) \(problem.remedy)" }
}

// MARK: Taken

extension Whereabouts {
    /// What an asset's row alone does not tell.
    package struct Surroundings {
        /// The asset with the same bytes.
        package var twin: Asset?
        /// Whether it still stands in `Problems`, if it was handed back.
        package var isInProblems = true
        /// How much longer it will take; nil where that cannot be said honestly.
        package var wait_s: Double?
        /// Why the archive can do nothing now.
        package var machine: String?
        package var trash_s: Double

        package init(trash_s: Double) { self.trash_s = trash_s }
    }

    package init(of asset: Asset, _ around: Surroundings, _ time: PlaceTime) {
        self =
            switch asset.stage {
            case .taken, .previewing, .previewed, .transcoding, .awaitingTwin:
                Self(.waiting, Self.waiting(asset, around))
            case .published: Self(.published, "published")
            case .duplicate: Self.alreadyHere(around, time)
            case .handedBack where asset.handedBackTo == nil: Self(.gone, "handed back, and tried again since")
            case .handedBack where !around.isInProblems:
                Self(.gone, "handed back, and no longer in the folder Problems")
            case .handedBack: Self(.needsYou, Self.needsYou(asset.refusal ?? Refusal(.corrupt)))
            case .deleted: Self(.inTheTrash, Self.inTheTrash(asset, around, time))
            case .purged: Self(.gone, "deleted, and gone for good")
            }
    }

    private static func waiting(_ asset: Asset, _ around: Surroundings) -> String {
        if let machine = around.machine { return "waiting: \(machine)" }
        // An asset that waits for the machine says so in its row.
        if let refusal = asset.refusal { return "waiting: \(refusal.advice)" }
        return around.wait_s.map { "waiting, \(PlaceTime.about($0))" } ?? "waiting"
    }

    private static func alreadyHere(_ around: Surroundings, _ time: PlaceTime) -> Whereabouts {
        guard let twin = around.twin else { return Self(.alreadyHere, "already here") }
        switch twin.stage {
        case .deleted: return Self(.inTheTrash, inTheTrash(twin, around, time))
        case .purged: return Self(.gone, "already here once; deleted since, and gone for good")
        case .taken, .previewing, .previewed, .transcoding, .awaitingTwin, .published, .handedBack, .duplicate:
            return Self(.alreadyHere, "already here since \(time.day(twin.receivedAt))")
        }
    }

    private static func inTheTrash(_ asset: Asset, _ around: Surroundings, _ time: PlaceTime) -> String {
        asset.deletedAt.map { "in the trash until \(time.date($0 + around.trash_s))" } ?? "in the trash"
    }
}
