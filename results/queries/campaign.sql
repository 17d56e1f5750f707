-- One row: the campaign, when its cells ran, and how many ended in each state.
SELECT id, name, folder, created,
       (SELECT min(started) FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last) AS started,
       (SELECT max(strftime('%Y-%m-%dT%H:%M:%SZ', started, (wall_ns / 1000000000) || ' seconds'))
          FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last) AS ended,
       (SELECT count(*) FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last) AS cells,
       (SELECT count(*) FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last AND state = 'passed') AS passed,
       (SELECT count(*) FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last AND state = 'wrong') AS wrong,
       (SELECT count(*) FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last AND state = 'failed') AS failed,
       (SELECT count(*) FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last AND state = 'unsupported') AS unsupported,
       (SELECT count(*) FROM record r WHERE r.campaign_id = campaign.campaign_id AND is_last AND state = 'lost') AS lost
  FROM campaign
 WHERE campaign_id = :campaign
