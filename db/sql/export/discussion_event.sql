SELECT event.*, speaks_of_license(event.text) AS is_about_license
FROM plain.discussion_event AS event
