// Our reading of heads against Boost.Beast's parser, on heads that are made up and broken by
// chance: whatever Beast refuses is refused, what passes says the same, and what only we refuse is
// what a gateway must.
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <random>
#include <string>
#include <vector>

#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"

namespace portcullis::bff {
namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

/// What Beast makes of a head.
class Reference final : public http::basic_parser<true> {
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

class Heads {
 public:
  explicit Heads(unsigned seed) : random_(seed) {}

  std::string next() {
    std::string head = pick({"GET", "POST", "HEAD", "M-SEARCH", "get", "P(", ""}) + " " +
                       pick({"/api/x", "/", "*", "/a%20b?c=d", "/\xc3\xa4", "http://h/x", ""}) +
                       " " + pick({"HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1"}) +
                       "\r\n";
    for (int lines = number(7); lines > 0; --lines) {
      head += pick({"Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect",
                    "Proxy-Connection", "Upgrade", "X-Plugin-Id", "Cookie", "te", ""}) +
              pick({":", ": ", ":\t ", " :", ""}) +
              pick({"localhost:8080", "close", "keep-alive, close", "keep-alive,, x", "a b", "7",
                    "7, 7", "0007", "-1", "chunked", "gzip, chunked", "100-continue", "", " ",
                    "a\tb\t", "\xe2\x82\xac", "h2c"}) +
              "\r\n";
    }
    head += "\r\n";
    for (int breaks = number(3); breaks > 0; --breaks) {
      const auto at = static_cast<std::size_t>(number(static_cast<int>(head.size())));
      const char byte = number(2) == 0 ? static_cast<char>(number(256))
                                       : pick({" ", "\t", ":", ",", "\r", "\n", "\x7f", "x"})[0];
      switch (number(3)) {
        case 0:
          head[at] = byte;
          break;
        case 1:
          head.insert(at, 1, byte);
          break;
        default:
          head.erase(at, 1);
          break;
      }
    }
    return head;
  }

 private:
  int number(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  std::string pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(number(static_cast<int>(from.size())))];
  }
  std::mt19937 random_;
};

/// Reasons that Beast does not have.
bool is_ours(const HeadProblem& problem) {
  return problem.code == Code::kHostInvalid || problem.code == Code::kPathNotAbsolute ||
         problem.code == Code::kExpectationFailed ||
         problem.code == Code::kTransferCodingUnsupported ||
         problem.detail == "ambiguous framing of the body" ||
         problem.detail == "a malformed Content-Length" ||
         problem.detail == "Transfer-Encoding in HTTP/1.0" ||
         problem.detail == "a Transfer-Encoding other than chunked";
}

TEST(HeadParser, ReadsWhatBeastReadsAndNothingThatItRefuses) {
  Heads heads(20261126);
  int passed = 0;
  int refused_by_both = 0;
  int only_by_us = 0;
  for (int i = 0; i < 150'000; ++i) {
    const std::string bytes = heads.next();
    HeadScanner scanner;
    if (scanner.scan(bytes) != HeadScanner::Result::kComplete) continue;
    const std::string head = bytes.substr(scanner.begin(), scanner.end() - scanner.begin());
    Request request;
    const HeadProblem problem = parse_head(head, request, false);
    Reference reference;
    const bool by_beast = reference.read(head);
    if (problem.code != Code::kAllowed) {
      by_beast ? ++only_by_us : ++refused_by_both;
      EXPECT_TRUE(!by_beast || is_ours(problem)) << head << problem.detail;
      continue;
    }
    ++passed;
    ASSERT_TRUE(by_beast) << head;
    EXPECT_EQ(request.method, reference.method);
    EXPECT_EQ(request.version, reference.version) << head;
    EXPECT_TRUE(request.target == reference.target ||
                reference.target.ends_with(std::string(request.target)))
        << head;
    ASSERT_EQ(request.fields.size(), reference.fields.size()) << head;
    for (std::size_t at = 0; at < request.fields.size(); ++at) {
      EXPECT_EQ(request.fields[at].name, reference.fields[at].first) << head;
      EXPECT_EQ(request.fields[at].value, reference.fields[at].second) << head;
    }
    EXPECT_EQ(request.chunked, reference.chunked()) << head;
    const auto length = reference.content_length();
    EXPECT_EQ(request.content_length.has_value(), length.has_value()) << head;
    if (length && request.content_length) {
      EXPECT_EQ(*request.content_length, *length) << head;
    }
    // Beast heeds Proxy-Connection, and in HTTP/1.0 keep-alive before close.
    if (request.version == 11 && request.count("proxy-connection") == 0) {
      EXPECT_EQ(request.keep_alive, reference.keep_alive()) << head;
    }
  }
  // That there is something to compare.
  EXPECT_GT(passed, 5'000);
  EXPECT_GT(refused_by_both, 5'000);
  EXPECT_GT(only_by_us, 1'000);
}

}  // namespace
}  // namespace portcullis::bff
