// Rows whose answer differs on purpose, and why. A row that no longer differs must be removed from this list.
const PARSING = 'test_parsing/';
const TRANSFORM = 'test_transform/';

export const DEPARTURES = [
  {
    file: 'json-jsontestsuite.json',
    reason:
      'Duplicate keys are refused (`JSON_DUPLICATE_KEY`). RFC 8259, section 4, does not say how parsers handle them, and RFC 7493 (I-JSON), section 2.3, forbids them: two parsers of one manifest could read different permissions.',
    rows: [
      `${PARSING}y_object_duplicated_key.json`,
      `${PARSING}y_object_duplicated_key_and_value.json`,
      `${TRANSFORM}object_same_key_different_values.json`,
      `${TRANSFORM}object_same_key_same_value.json`,
      `${TRANSFORM}object_same_key_unclear_values.json`,
    ],
  },
  {
    file: 'json-jsontestsuite.json',
    reason:
      'A lone surrogate, escaped or as bytes, is refused (`JSON_SYNTAX`). RFC 8259, section 8.2, calls its handling unpredictable, RFC 7493, section 2.1, forbids it, and the bytes are not valid UTF-8: a comparison would not use the text as written.',
    rows: [
      `${TRANSFORM}string_1_escaped_invalid_codepoint.json`,
      `${TRANSFORM}string_1_invalid_codepoint.json`,
      `${TRANSFORM}string_2_escaped_invalid_codepoints.json`,
      `${TRANSFORM}string_2_invalid_codepoints.json`,
      `${TRANSFORM}string_3_escaped_invalid_codepoints.json`,
      `${TRANSFORM}string_3_invalid_codepoints.json`,
    ],
  },
];
