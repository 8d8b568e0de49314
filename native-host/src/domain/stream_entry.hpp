// Inside of the stream hub: one entry of its registry. Not for others.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "domain/stream_hub.hpp"

namespace portcullis::bff {

struct Registration::Entry {
  StreamInfo info;  // constant once registered
  boost::asio::any_io_executor executor;
  CloseFunction close;               // called on the executor's thread
  std::vector<std::string> charged;  // the owners that it counts for
  bool open = true;                  // that thread only
  bool closing = false;              // under the shard's lock: posted already
};

}  // namespace portcullis::bff
