// Where things are, for whoever looks after the machine.
import Model

extension Configuration {
    var places: Places {
        Places(
            incoming: incoming, library: library, state: state, socket: socket,
            listen: listen?.description ?? "",
            worker: try? Folders.worker(), backup: backup?.description ?? "", warnAfter: warnAfter_s)
    }
}
