-- title:     Records set aside, by reason
-- question:  What could not be read, where and why?
-- row:       one field of a kind of record, and one reason
-- counts:    records or fields set aside; an empty field is a whole record
-- params:    none
-- columns:   hub, subject, field, reason, records, example_name, example_detail
-- reads:     rejected_record
-- known:     model: parse_state = 'parsed'
-- caveats:   none
-- since:     data-2026.12.0
SELECT
    hub,
    subject,
    field,
    reason,
    count(*) AS records,
    min(name) AS example_name,
    min(detail) AS example_detail
FROM rejected_record
GROUP BY hub, subject, field, reason
ORDER BY records DESC, hub, subject, field, reason;
