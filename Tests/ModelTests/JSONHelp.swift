// Values as JSON text, for comparing with what stands in INTERFACE.md.
import Platform

func json(_ value: some Encodable) throws -> String { String(decoding: try JSON.encode(value), as: UTF8.self) }

func fromJSON<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSON.decode(type, from: Array(text.utf8))
}
