// Internal to the stream hub: an entry of its registry.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "domain/stream_hub.hpp"

namespace portcullis::bff {

struct Registration::Entry {
  StreamInfo info;  // constant once registered
  boost::asio::any_io_executor executor;
  CloseFunction close;               // runs on the executor's thread
  std::vector<std::string> charged;  // the owners it is counted for
  bool open = true;                  // used on the executor's thread only
  bool closing = false;              // guarded by the shard's mutex: a close is already posted
};

}  // namespace portcullis::bff
