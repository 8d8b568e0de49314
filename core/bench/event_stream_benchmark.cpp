// Throughput of the event stream parser in bytes per second, in chunks of 64 KiB.
#include <benchmark/benchmark.h>

#include "portcullis/event_stream.hpp"

namespace portcullis::bench {
namespace {

void BM_EventStream(benchmark::State& state) {
  std::string stream;
  for (int i = 0; stream.size() < 4U << 20; ++i) {
    stream += "id: " + std::to_string(i) + "\nevent: order\ndata: {\"order\":" + std::to_string(i) +
              ",\"state\":\"shipped\",\"lines\":[1,2,3,4,5,6,7,8,9,10],\"note\":\"" +
              std::string(80, 'x') + "\"}\n\n";
  }
  std::size_t events = 0;
  for (auto _ : state) {
    EventStreamParser parser;
    for (std::size_t at = 0; at < stream.size(); at += 65536) {
      const Code code = parser.feed(std::string_view(stream).substr(at, 65536),
                                    [&](const StreamEvent&) { ++events; });
      benchmark::DoNotOptimize(code);
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(stream.size()) * state.iterations());
}
BENCHMARK(BM_EventStream);

}  // namespace
}  // namespace portcullis::bench
