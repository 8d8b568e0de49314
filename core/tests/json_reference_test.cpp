// Compares the reader with nlohmann/json on random token sequences and on JSON with a few changed
// bytes: both accept the same texts and read the same values.
#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include "exact_copy.hpp"
#include "json.hpp"
#include "reference_json.hpp"

namespace portcullis::json {
namespace {

using namespace std::string_literals;

constexpr std::size_t kMaxDepth = 6;

void expect_same(const std::string& text) {
  const ExactCopy copy(text);
  Document document;
  const Error error = read(copy.view(), {1 << 20, kMaxDepth}, document);
  std::string expected;
  const bool accepted = ReferenceJson::read(text, kMaxDepth, expected);
  ASSERT_EQ(error.code == Code::kAllowed, accepted) << text << "\n" << error.reason;
  if (!accepted) {
    ASSERT_LE(error.byte, text.size());
    ASSERT_FALSE(error.reason.empty());
    return;
  }
  const std::string written = dump(document.root());
  ASSERT_EQ(written, expected) << text;
  ASSERT_GE(dump_bound(document.root()), written.size()) << text;
}

/// The same sequence on every host, unlike std::uniform_int_distribution.
class Random {
 public:
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  template <std::size_t N>
  const std::string& of(const std::string (&choices)[N]) {
    return choices[below(N)];
  }

 private:
  std::mt19937 engine_{20240607};
};

const std::string kSpaces[] = {"", "", "", "", " ", "\n", "\r\n\t"};
const std::string kStrings[] = {"\"\"",
                                "\"a\"",
                                "\"\\u0061\"",
                                "\"b\"",
                                "\"1234567\"",
                                "\"12345678\"",
                                "\"longer than sixteen bytes\"",
                                "\"longer than eight \\\" in it\"",
                                "\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                "\"\\u0000\\u001F\\u00e9\\u20AC\"",
                                "\"\\ud83d\\ude00 \\uDBFF\\uDFFF\"",
                                "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\\n\xef\xbf\xbd\"",
                                "\"\x7f\""};
const std::string kScalars[] = {"true",
                                "false",
                                "null",
                                "0",
                                "-0",
                                "-0.0",
                                "17",
                                "-1.5",
                                "1e5",
                                "1E-07",
                                "2e+3",
                                "9223372036854775808",
                                "18446744073709551616",
                                "-9223372036854775809",
                                "1e308",
                                "1.797693134862315807e308",
                                "0.000001e314",
                                "0e99999999999999999999",
                                "1e-99999999999999999999"};
const std::string kWrong[] = {"1e309",
                              "1.797693134862315808e308",
                              "17976931348623158079372897140530341508e271",
                              "1e99999999999999999999",
                              "01",
                              "1.",
                              ".5",
                              "-",
                              "1e",
                              "1e+",
                              "+1",
                              "nul",
                              "True",
                              "\"",
                              "\"\\ud83d\"",
                              "\"\\ud83d\\u0041\"",
                              "\"\\ude00\"",
                              "\"\\u12g4\"",
                              "\"\\x\"",
                              "\"\t\"",
                              "\"\xc0\xaf\"",
                              "\"\xe2\x82\"",
                              "\"\xed\xa0\x80\"",
                              "\"\xf4\x90\x80\x80\"",
                              "\xef\xbb\xbf",
                              "\xef\xbb",
                              "\0"s,
                              "'a'",
                              "/**/"};
const std::string kMarks[] = {"{", "}", "[", "]", ",", ":", "\\", "\"", "e", ".", "-", "0"};

void append_value(Random& random, std::size_t depth, std::string& out) {
  out += random.of(kSpaces);
  const std::size_t kind = depth > kMaxDepth ? random.below(5) : random.below(8);
  if (kind < 2) {
    out += random.of(kStrings);
  } else if (kind < 5) {
    out += random.of(kScalars);
  } else {
    const bool object = kind > 5;
    out += object ? '{' : '[';
    const std::size_t members = random.below(40) == 0 ? 20 : random.below(4);
    for (std::size_t i = 0; i < members; ++i) {
      if (i > 0) out += ',';
      if (object) out += random.of(kSpaces) + random.of(kStrings) + random.of(kSpaces) + ":";
      append_value(random, depth + 1, out);
    }
    out += random.of(kSpaces);
    out += object ? '}' : ']';
  }
  out += random.of(kSpaces);
}

void change(Random& random, std::string& text) {
  const std::size_t at = text.empty() ? 0 : random.below(text.size());
  switch (random.below(5)) {
    case 0:
      text.erase(at, 1);
      break;
    case 1:
      if (!text.empty()) text[at] = static_cast<char>(random.below(256));
      break;
    case 2:
      text.insert(at, random.of(kMarks));
      break;
    case 3:
      text.insert(at, random.of(kWrong));
      break;
    default:
      text.resize(at);
  }
}

TEST(JsonReference, AgreesOnValuesAndTheirMutations) {
  Random random;
  std::string text;
  for (int round = 0; round < 20000 && !HasFatalFailure(); ++round) {
    text.clear();
    append_value(random, 1, text);
    expect_same(text);
    for (std::size_t changes = random.below(4); changes > 0 && !HasFatalFailure(); --changes) {
      change(random, text);
      expect_same(text);
    }
  }
}

TEST(JsonReference, AgreesOnTokensInAnyOrder) {
  Random random;
  std::string text;
  for (int round = 0; round < 40000 && !HasFatalFailure(); ++round) {
    text.clear();
    for (std::size_t tokens = random.below(9); tokens > 0; --tokens) {
      const std::size_t kind = random.below(8);
      text += kind < 4   ? random.of(kMarks)
              : kind < 5 ? random.of(kStrings)
              : kind < 6 ? random.of(kScalars)
              : kind < 7 ? random.of(kWrong)
                         : random.of(kSpaces);
    }
    expect_same(text);
  }
}

// The smallest value whose nearest double is infinite: 2^1024 - 2^970, the tie above the maximum.
TEST(JsonReference, AgreesOnWhichNumbersADoubleHolds) {
  const std::string tie =
      "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017"
      "977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273"
      "854845811711531764475730270069855571366959622842914819860834936475292719074168444365510704"
      "342711559699508093042880177904174497792";
  std::string below = tie;
  below.back() = '1';
  const auto shifted = [](const std::string& digits, int zeros) {
    return "0." + std::string(static_cast<std::size_t>(zeros), '0') + digits + "e" +
           std::to_string(309 + zeros);
  };
  for (const std::string& digits : {tie, below}) {
    for (const std::string& text :
         {digits, "-" + digits, digits + ".0", digits + ".0001", digits + "e-1", digits + "0e-1",
          digits + "e1", digits.substr(0, 1) + "." + digits.substr(1) + "e308",
          digits.substr(0, 100) + "." + digits.substr(100) + "9e+209", shifted(digits, 0),
          shifted(digits, 40), digits.substr(0, 308), digits + "0",
          digits + std::string(400, '0') + "e-400"}) {
      expect_same(text);
    }
  }
}

}  // namespace
}  // namespace portcullis::json
