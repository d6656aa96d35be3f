import { strict as assert } from 'node:assert';
import { fieldErrorMessage, invalid, notSupported } from '../../../../api/meta/field-error.ts';
import { quote, quoteJson } from '../../../../api/meta/quote.ts';

describe('quote', () => {
  it('writes text as Go does', () => {
    assert.equal(quote('a "b" \\ é 😀'), '"a \\"b\\" \\\\ é 😀"');
    assert.equal(quote('\u0007\b\f\n\r\t\v\u001b\u007f'), '"\\a\\b\\f\\n\\r\\t\\v\\x1b\\x7f"');
    assert.equal(quote('\u200b\u{e0001}\ud800'), '"\\u200b\\U000e0001\ufffd"');
  });

  it('writes objects as Go does', () => {
    assert.equal(quoteJson({ a: '<b>&' }), '{"a":"\\u003cb\\u003e\\u0026"}');
  });

  it('keeps control characters out of field errors', () => {
    assert.equal(fieldErrorMessage(invalid('a', '\u001b[2J', 'bad')), 'a: Invalid value: "\\x1b[2J": bad');
    assert.equal(
      fieldErrorMessage(notSupported('a', 1, ['\t'])),
      'a: Unsupported value: 1: supported values: "\\t"',
    );
  });
});
