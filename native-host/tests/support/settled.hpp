// The value of an answer, whether it is at hand or has to be awaited.
#pragma once

#include <boost/asio/io_context.hpp>
#include <utility>

#include "base/answer.hpp"
#include "run_io.hpp"

namespace portcullis::bff::testing {

template <class T>
T settled(Answer<T> answer) {
  if (answer.at_hand()) return std::move(answer).now();
  boost::asio::io_context io;
  return run(io, std::move(answer).wait());
}

}  // namespace portcullis::bff::testing
