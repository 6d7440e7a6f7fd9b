import CSQLite

/// A value that can be bound to a parameter.
package protocol Bindable {
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32
}

/// SQLite copies what is bound: the memory is not ours after the call.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Int64: Bindable {
  package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 { sqlite3_bind_int64(statement, index, self) }
}

extension Int: Bindable {
  package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 { sqlite3_bind_int64(statement, index, Int64(self)) }
}

extension Bool: Bindable {
  package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 { sqlite3_bind_int64(statement, index, self ? 1 : 0) }
}

extension String: Bindable {
  package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    // Handed over as a `String`, it would be copied for C first.
    var text = self
    return text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { sqlite3_bind_text(statement, index, $0.baseAddress, Int32($0.count), transient) }
    }
  }
}

extension [UInt8]: Bindable {
  package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    withUnsafeBytes {
      sqlite3_bind_blob64(statement, index, $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1), UInt64($0.count), transient)
    }
  }
}

extension Optional: Bindable where Wrapped: Bindable {
  package func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    self?.bind(to: statement, at: index) ?? sqlite3_bind_null(statement, index)
  }
}

/// A prepared statement of one connection. Kept by the connection's cache, and by whoever runs it.
final class Statement {
  let handle: OpaquePointer
  private unowned let connection: Connection

  init(connection: Connection, sql: String) throws(StorageError) {
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle else { throw connection.error(code, during: "preparing a statement") }
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  func bind<each Value: Bindable>(_ values: repeat each Value) throws(StorageError) {
    var count: Int32 = 0
    for value in repeat each values {
      count += 1
      try check(value.bind(to: handle, at: count))
    }
    precondition(count == sqlite3_bind_parameter_count(handle), "a statement got the wrong number of values")
  }

  func bind(all values: [(any Bindable)?]) throws(StorageError) {
    precondition(values.count == Int(sqlite3_bind_parameter_count(handle)), "a statement got the wrong number of values")
    for (offset, value) in values.enumerated() {
      let index = Int32(offset + 1)
      try check(value?.bind(to: handle, at: index) ?? sqlite3_bind_null(handle, index))
    }
  }

  private func check(_ code: Int32) throws(StorageError) {
    precondition(code != SQLITE_RANGE, "a statement got the wrong number of values")
    guard code == SQLITE_OK else { throw connection.error(code, during: "binding a value") }
  }

  /// Steps once; true when there is a row.
  func step() throws(StorageError) -> Bool {
    try connection.fault?(.step)
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let error = connection.error(code, during: "running a statement")
      sqlite3_reset(handle)
      throw error
    }
  }
}

/// One row of a result, valid only while it is being read.
package struct Row {
  let statement: OpaquePointer

  package func integer(_ column: Int32) -> Int64? {
    sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_int64(statement, column)
  }

  package func text(_ column: Int32) -> String? {
    guard let start = sqlite3_column_text(statement, column) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  package func blob(_ column: Int32) -> [UInt8]? {
    guard sqlite3_column_type(statement, column) != SQLITE_NULL else { return nil }
    guard let start = sqlite3_column_blob(statement, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
  }

  /// A column that the schema says is NOT NULL.
  package func requiredInteger(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

  package func requiredText(_ column: Int32) -> String { text(column) ?? "" }
}
