// `doctor`: everything that flipd needs, looked at one after the other. It asks flipd where it can, and looks for itself
// where it cannot.
internal import Glibc
internal import Model
internal import Platform

func doctor(_ asked: Asked, _ client: Client, _ output: Output) -> ExitCode {
    let findings = Findings(Doctor(asked, client).examine())
    if asked.wantsJSON {
        output.raw((try? JSON.encode(findings)) ?? [])
    } else {
        for finding in findings.findings { output.line(finding.line) }
    }
    return findings.state.exit
}

struct Doctor {
    let asked: Asked
    let client: Client
    /// What flipd says of itself, or why it does not.
    let heard: Result<StatusReport, Failure>
    private let checked: CheckedConfiguration
    let places: Places?

    init(_ asked: Asked, _ client: Client) {
        self.asked = asked
        self.client = client
        heard = Self.ask("/v1/status", client)
        checked = CheckedConfiguration(root: asked.root)
        if let inForce: Places = try? Self.ask("/v1/places", client).get() {
            places = inForce
        } else {
            // A socket that was named may be another flipd's.
            places = checked.places.flatMap { asked.root != nil || $0.socket == asked.socket ? $0 : nil }
        }
    }

    /// A doctor must not wait for long.
    private static func ask<Answer: Decodable>(_ path: String, _ client: Client) -> Result<Answer, Failure> {
        do throws(Failure) {
            return .success(try client.decode(Answer.self, try client.request(path, timeout_s: 20)))
        } catch {
            return .failure(error)
        }
    }

    func examine() -> [Finding] {
        // Of a configuration that cannot be read as a whole nothing follows.
        let service = asked.root == nil && checked.places != nil ? ServiceLook(Self.flipd) : nil
        let folders = places.map { FolderLook($0, isRunning: isRunning, service) }
        return [daemon, checked.finding(isRunning: isRunning)] + [service?.finding].compactMap(\.self)
            + WorkerCheck(places?.worker).findings
            + (folders?.findings ?? [Self.unknown("folders", "where they are")])
            + [MachineLook.watches(below: places?.incoming), MachineLook.clock(lastKnown: lastKnown), backup]
            + work + [page]
    }

    var isRunning: Bool { (try? heard.get()) != nil }

    private var lastKnown: Timestamp? {
        let last = try? heard.get().last
        return [last?.published, last?.snapshot].compactMap(\.self).max()
    }
}
