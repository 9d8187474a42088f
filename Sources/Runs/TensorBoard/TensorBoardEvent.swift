/// An event as TensorBoard reads it: the message `Event` of tensorflow/core/util/event.proto.
struct TensorBoardEvent {
    /// Seconds since 1970.
    let time: Double
    /// Steps done.
    let step: Int
    let content: Content

    enum Content {
        /// The first event of a file.
        case version
        /// By their tags.
        case scalars([(tag: String, value: Double)])
        /// A PNG file.
        case image(tag: String, png: [UInt8])
        /// The settings of a run, for the plugin that compares them.
        case hyperparameters([(key: String, value: Hyperparameter)], name: String)
        /// The training goes on from here: events of this step and later ones in what was written before are of a training that was
        /// given up.
        case restart
    }

    enum Hyperparameter: Equatable {
        case number(Double)
        case text(String)
        case flag(Bool)
    }

    var message: ProtobufMessage {
        .with {
            $0.add(1, time)
            if step != 0 { $0.add(2, step) }
            switch content {
            case .version: $0.add(3, "brain.Event:2")
            case .scalars(let scalars):
                $0.add(
                    5,
                    .with { summary in
                        for (tag, value) in scalars {
                            summary.add(
                                1,
                                .with {
                                    $0.add(1, tag)
                                    $0.add(2, Float(value))
                                })
                        }
                    })
            case .image(let tag, let png):
                $0.add(5, .with { $0.add(1, Self.imageValue(tag, png)) })
            case .hyperparameters(let values, let name):
                $0.add(5, .with { $0.add(1, Self.hyperparameterValue(values, name: name, time: time)) })
            case .restart:
                // SessionLog, status START.
                $0.add(7, .with { $0.add(1, 1) })
            }
        }
    }

    /// `Summary.Value` with an `Image`.
    private static func imageValue(_ tag: String, _ png: [UInt8]) -> ProtobufMessage {
        // Width and height are in the header chunk of the file, in big-endian order.
        func number(at start: Int) -> Int {
            png.count < start + 4 ? 0 : png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        return .with {
            $0.add(1, tag)
            $0.add(
                4,
                .with {
                    $0.add(1, number(at: 20))
                    $0.add(2, number(at: 16))
                    $0.add(3, 3)
                    $0.add(4, png)
                })
        }
    }

    /// `Summary.Value` with the metadata that the plugin `hparams` reads: its `HParamsPluginData` with a `SessionStartInfo`.
    private static func hyperparameterValue(
        _ values: [(key: String, value: Hyperparameter)], name: String, time: Double
    ) -> ProtobufMessage {
        let start = ProtobufMessage.with { start in
            for (key, value) in values {
                start.add(
                    1,
                    .with {
                        $0.add(1, key)
                        $0.add(2, value.message)
                    })
            }
            start.add(4, name)
            start.add(5, time)
        }
        let content = ProtobufMessage.with { $0.add(3, start) }
        let plugin = ProtobufMessage.with {
            $0.add(1, "hparams")
            $0.add(2, content)
        }
        // A tensor that holds nothing, which readers of summaries ask for.
        let tensor = ProtobufMessage.with {
            $0.add(1, 1)
            $0.add(2, .with { $0.add(2, .with { $0.add(1, 1) }) })
            $0.add(5, Float(0))
        }
        return .with {
            $0.add(1, "_hparams_/session_start_info")
            $0.add(8, tensor)
            $0.add(9, .with { $0.add(1, plugin) })
        }
    }
}

extension TensorBoardEvent.Hyperparameter {
    /// `google.protobuf.Value`
    fileprivate var message: ProtobufMessage {
        .with {
            switch self {
            case .number(let number): $0.add(2, number)
            case .text(let text): $0.add(3, text)
            case .flag(let flag): $0.add(4, flag ? 1 : 0)
            }
        }
    }
}

extension TensorBoardEvent {
    /// The event as a record of TFRecord files: its length, its bytes, and a masked CRC-32C of each.
    var record: [UInt8] {
        let bytes = message.bytes
        func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let length = littleEndian(UInt64(bytes.count))
        return length + littleEndian(CRC32C.masked(length)) + bytes + littleEndian(CRC32C.masked(bytes))
    }
}

/// The checksum of TFRecord files: CRC-32 by Castagnoli's polynomial (RFC 3720, section 12.1).
package enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
    }

    package static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    }

    /// Rotated and shifted, so that the checksum of data which hold checksums stays a good one.
    static func masked(_ bytes: [UInt8]) -> UInt32 {
        let crc = of(bytes)
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }
}
