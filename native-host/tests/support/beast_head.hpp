// Boost.Beast's parser as the reference for request heads (ADR 0012).
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/head_parser.hpp"

namespace portcullis::bff::testing {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

/// Beast's reading of a head.
class BeastHead final : public http::basic_parser<true> {
 public:
  std::string method, target;
  int version = 0;
  std::vector<std::pair<std::string, std::string>> fields;

  bool read(std::string_view head) {
    eager(false);
    header_limit(static_cast<std::uint32_t>(-1));
    body_limit(boost::none);
    error_code error;
    const std::size_t used = put(boost::asio::const_buffer(head.data(), head.size()), error);
    return (!error || error == http::error::need_more) && is_header_done() && used == head.size();
  }

 private:
  void on_request_impl(http::verb, string_view name, string_view where, int number,
                       error_code&) override {
    method = name;
    target = where;
    version = number;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    fields.emplace_back(name, value);
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}
};

/// Rejections that Beast does not make.
inline bool refused_only_here(const HeadProblem& problem) {
  return problem.code == Code::kHostInvalid || problem.code == Code::kPathNotAbsolute ||
         problem.code == Code::kExpectationFailed ||
         problem.code == Code::kTransferCodingUnsupported ||
         problem.detail == "ambiguous framing of the body" ||
         problem.detail == "a malformed Content-Length" ||
         problem.detail == "Transfer-Encoding in HTTP/1.0" ||
         problem.detail == "a Transfer-Encoding other than chunked";
}

}  // namespace portcullis::bff::testing
