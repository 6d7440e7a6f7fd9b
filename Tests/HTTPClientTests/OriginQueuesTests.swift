import Testing

@testable import HTTPClient

@Suite struct OriginQueuesTests {
  @Test func startsInOrderAndNoMoreThanMay() {
    var queues = OriginQueues<Int>(concurrency: 2, length: 3)
    for call in 1...5 { #expect((queues.append(call, origin: "a")) == true) }
    #expect((queues.append(6, origin: "a")) == false)
    #expect((queues.append(10, origin: "b")) == true)
    #expect(queues.startable().sorted() == [1, 2, 10])
    #expect(queues.startable() == [])
    queues.finish(origin: "a")
    #expect(queues.startable() == [3])
    #expect((queues.append(6, origin: "a")) == true)
    #expect(queues.removeAll { $0 == 4 } == [4])
    #expect(queues.fronts == [5])
    queues.finish(origin: "a")
    queues.finish(origin: "a")
    #expect(queues.startable() == [5, 6])
  }
}
