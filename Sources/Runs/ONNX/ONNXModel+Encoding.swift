import NeuralNetwork

extension ONNXModel {
    /// The most bytes that readers of Protocol Buffers take.
    private static let mostBytes = Int(Int32.max)

    /// Writes the file; its name never means a part of it. To be called by one rank.
    ///
    /// - Throws: also where the weights are more than such a file can hold.
    public func write(to path: String) throws(FileError) {
        let bytes = message.bytes
        guard bytes.count <= Self.mostBytes else {
            throw FileError(
                path: path, problem: "expected an ONNX model of at most 2 GiB, found weights of \(bytes.count) bytes")
        }
        try OutputFile.replace(path) { file throws(FileError) in try file.write(bytes.span.bytes) }
    }

    /// The message `ModelProto` of onnx.proto, as are the names of messages below.
    var message: ProtobufMessage {
        .with {
            // The version of the format that goes with the set of operators.
            $0.add(1, 8)
            $0.add(2, "entrain")
            $0.add(
                6, "\(Self.input): \(inputMeaning); \(output): \(output == "value" ? "the target" : "of each class")")
            $0.add(7, graphMessage)
            // OperatorSetIdProto; the empty domain is ONNX's own.
            $0.add(
                8,
                .with {
                    $0.add(1, "")
                    $0.add(2, ONNXGraph.operatorSet)
                })
            for (key, value) in metadata {
                // StringStringEntryProto
                $0.add(
                    14,
                    .with {
                        $0.add(1, key)
                        $0.add(2, value)
                    })
            }
        }
    }

    /// `GraphProto`
    private var graphMessage: ProtobufMessage {
        .with {
            for node in graph.nodes { $0.add(1, node.message) }
            $0.add(2, "network")
            for constant in graph.constants { $0.add(5, constant.message) }
            $0.add(11, .value(Self.input, sampleShape: inputShape))
            $0.add(12, .value(output, sampleShape: [outputCount]))
        }
    }
}

extension ProtobufMessage {
    /// `ValueInfoProto` of float32 values with any number of samples in front.
    fileprivate static func value(_ name: String, sampleShape: [Int]) -> Self {
        let shape = with {
            $0.add(1, .with { $0.add(2, "N") })
            for size in sampleShape { $0.add(1, .with { $0.add(1, size) }) }
        }
        let tensor = with {
            $0.add(1, ElementType.float)
            $0.add(2, shape)
        }
        return with {
            $0.add(1, name)
            $0.add(2, .with { $0.add(1, tensor) })
        }
    }
}

/// `TensorProto.DataType`
private enum ElementType {
    static let float = 1, int64 = 7
}

extension ONNXGraph.Node {
    /// `NodeProto`
    fileprivate var message: ProtobufMessage {
        .with {
            for input in inputs { $0.add(1, input) }
            $0.add(2, output)
            $0.add(3, output)
            $0.add(4, operation)
            for (name, value) in attributes { $0.add(5, value.message(named: name)) }
        }
    }
}

extension ONNXGraph.Attribute {
    /// `AttributeProto`
    fileprivate func message(named name: String) -> ProtobufMessage {
        .with {
            $0.add(1, name)
            // The last field tells the type.
            switch self {
            case .real(let value):
                $0.add(2, Float(value))
                $0.add(20, 1)
            case .integer(let value):
                $0.add(3, value)
                $0.add(20, 2)
            case .text(let text):
                $0.add(4, text)
                $0.add(20, 3)
            case .integers(let values):
                for value in values { $0.add(8, value) }
                $0.add(20, 7)
            }
        }
    }
}

extension ONNXGraph.Constant {
    /// `TensorProto`
    fileprivate var message: ProtobufMessage {
        .with {
            for size in shape { $0.add(1, size) }
            switch values {
            case .reals(let values):
                $0.add(2, ElementType.float)
                $0.add(9, values.withUnsafeBytes { Array($0) })
            case .integers(let values):
                $0.add(2, ElementType.int64)
                $0.add(9, values.withUnsafeBytes { Array($0) })
            }
            $0.add(8, name)
        }
    }
}
