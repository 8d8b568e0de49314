// A sink that records host events.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain/stream_hub.hpp"

namespace portcullis::bff::testing {

struct Told final : HostSink {
  std::string text;
  int events = 0;
  int silences = 0;
  int room = 1'000'000;  ///< events accepted before its socket is full
  std::vector<Code> ends;
  std::function<void(const WireEvent&)> then;

  bool on_event(const WireEvent& event) override {
    text += event.text();
    ++events;
    if (then) then(event);
    return --room > 0;
  }
  bool on_silence() override {
    ++silences;
    return true;
  }
  void on_end(Code why) override { ends.push_back(why); }
};

inline std::string text_of(const HostStream::Batch& batch) {
  std::string all;
  for (const auto& event : batch.events) all += event->text();
  return all;
}

}  // namespace portcullis::bff::testing
